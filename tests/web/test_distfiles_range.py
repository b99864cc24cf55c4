from io import BytesIO

import pytest

from pbins.web.distfiles_range import Part, PartOfFile, UnsatisfiableError, read_range


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", Part(0, 1)),
        ("bytes=0-99", Part(0, 100)),
        ("bytes=0-100", Part(0, 100)),
        ("bytes=0-", Part(0, 100)),
        ("bytes=40-", Part(40, 60)),
        ("bytes=99-", Part(99, 1)),
        ("bytes=10-19", Part(10, 10)),
        ("bytes=-1", Part(99, 1)),
        ("bytes=-30", Part(70, 30)),
        ("bytes=-500", Part(0, 100)),
        ("Bytes= 5-6 ", Part(5, 2)),
    ],
)
def test_a_single_range_is_cut_to_the_file(header: str, part: Part) -> None:
    assert read_range(header, 100) == part


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=9-3",
        "bytes=0-1,5-6",
        "bytes=a-b",
        "bytes=0x1-",
        "bytes=1-2-3",
        "bytes=+1-",
        "bytes=٣-",
        "lines=0-1",
        "bytes=" + "1" * 5000 + "-",
    ],
)
def test_what_is_not_one_range_means_the_whole_file(header: str) -> None:
    assert read_range(header, 100) is None


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=100-", 100), ("bytes=500-600", 100), ("bytes=-0", 100)]
)
def test_a_range_behind_the_end_cannot_be_satisfied(header: str, size: int) -> None:
    with pytest.raises(UnsatisfiableError):
        read_range(header, size)


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=0-0", "bytes=-1"])
def test_nothing_of_an_empty_file_can_be_asked_for(header: str) -> None:
    with pytest.raises(UnsatisfiableError):
        read_range(header, 0)


def test_a_part_ends_where_it_should_however_it_is_read() -> None:
    part = PartOfFile(BytesIO(b"0123456789"), Part(3, 4))
    assert [part.read(3), part.read(3), part.read(3)] == [b"345", b"6", b""]


@pytest.mark.parametrize(("reads", "is_sent"), [(1, False), (2, False), (3, True)])
def test_a_part_is_sent_once_somebody_comes_back_for_more(reads: int, *, is_sent: bool) -> None:
    sent: list[bool] = []
    part = PartOfFile(BytesIO(b"0123456789"), Part(3, 4), lambda: sent.append(True))
    for _ in range(reads):
        part.read(3)
    part.close()
    assert bool(sent) is is_sent


@pytest.mark.parametrize(("position", "is_sent"), [(5, False), (7, True)])
def test_a_part_that_the_kernel_sends_ends_where_the_server_says(
    position: int, *, is_sent: bool
) -> None:
    sent: list[bool] = []
    part = PartOfFile(BytesIO(b"0123456789"), Part(3, 4), lambda: sent.append(True))
    part.seek(position)
    part.close()
    assert bool(sent) is is_sent
