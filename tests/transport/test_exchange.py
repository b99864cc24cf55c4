import pytest

from pbins.transport.exchange import Tail


@pytest.mark.parametrize(
    ("chunks", "kept", "dropped"),
    [
        ([], b"", 0),
        ([b"abc"], b"abc", 0),
        ([b"ab", b"cd"], b"abcd", 0),
        ([b"ab", b"cd", b"e"], b"bcde", 1),
        ([b"abcdefgh"], b"efgh", 4),
        ([b"ab", b"cdefgh", b"i"], b"fghi", 5),
        ([b"a"] * 10 + [b"xyz"], b"axyz", 9),
    ],
)
def test_a_tail_keeps_the_last_bytes_and_counts_the_rest(
    chunks: list[bytes], kept: bytes, dropped: int
) -> None:
    tail = Tail(4)
    for chunk in chunks:
        tail.write(chunk)
    assert tail.finish() == (kept, dropped)
