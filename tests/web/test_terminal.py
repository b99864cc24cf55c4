from pathlib import Path

import pytest

from pbins.web.terminal import render_line, render_lines

ESC = "\x1b"
TRANSCRIPTS = Path(__file__).parents[1] / "data" / "transcripts"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("plain text", "plain text"),
        ("", ""),
        (
            "<script>alert('x')</script> & more",
            "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; more",
        ),
        (f"{ESC}[31mred{ESC}[0m plain", '<span class="a-1">red</span> plain'),
        (f"{ESC}[35;01m==={ESC}[0m Starting", '<span class="a-5 a-b">===</span> Starting'),
        (f"{ESC}[91mbright", '<span class="a-1">bright</span>'),
        (f"{ESC}[32mgo{ESC}[31mno", '<span class="a-2">go</span><span class="a-1">no</span>'),
        (f"{ESC}[1;4mA{ESC}[24mB", '<span class="a-b a-u">A</span><span class="a-b">B</span>'),
        (f"{ESC}[32mgreen{ESC}[39mdefault", '<span class="a-2">green</span>default'),
        (f"{ESC}[38;5;31mpalette{ESC}[38;2;31;32;33mtrue", "palettetrue"),
        (f"{ESC}[38;5;9;1mbold", '<span class="a-b">bold</span>'),
        (f"{ESC}[31m<b>{ESC}[m", '<span class="a-1">&lt;b&gt;</span>'),
        (f"{ESC}]2;1 of 5 install x{ESC}\\after", "after"),
        (f"{ESC}]2;1 of 5 install x\x07after", "after"),
        (f"{ESC}]2;never ended", ""),
        ("10%\r57%\r100%", "100%"),
        ("longer text\rshort", "shortr text"),
        (f"longer text\rshort{ESC}[K", "short"),
        ("dos line\r", "dos line"),
        ("1 of 5\b\b\b\b\b\b2 of 5", "2 of 5"),
        ("\b\bfirst", "first"),
        (f"{ESC}[31m10%\r{ESC}[32m20%", '<span class="a-2">20%</span>'),
        ("nul\x00bell\x07tab\there", "nulbelltab\there"),
        (f"{ESC}[2J{ESC}[Hcleared", "cleared"),
        (f"cut {ESC}[3", "cut "),
        (f"{ESC}[{'31;' * 16}1mmany", '<span class="a-1">many</span>'),
        (f"{ESC}[{'3' * 5000}mhuge", "huge"),
        ("\x9b31mno such control", "31mno such control"),
        ("ünïcode ☃ stays", "ünïcode ☃ stays"),
    ],
)
def test_a_line_is_shown_as_a_terminal_would_leave_it(line: str, shown: str) -> None:
    assert render_line(line) == shown


def test_every_line_has_an_element_of_its_own() -> None:
    assert render_lines("one\n\n<two>") == "<div>one</div><div></div><div>&lt;two&gt;</div>"


def test_markers_are_for_the_portal_and_not_shown() -> None:
    marker = f"@@{'0123456789abcdef' * 2}|DOING|%x|%c|%a|%i@@"
    assert render_lines(f"one\n{marker}\n@@ two") == "<div>one</div><div>@@ two</div>"


def test_what_a_real_build_prints_has_no_control_character_left() -> None:
    printed = (TRANSCRIPTS / "02-execute-package" / "stdout").read_bytes().decode()
    shown = render_lines(printed)
    assert not [character for character in shown if character < " " and character != "\t"]
    assert '<span class="a-5 a-b">===</span> Starting src_compile' in shown
    assert '<span class="a-1">red warning</span>' in shown
    assert "<div>Executing pretend actions: 5 of 5</div>" in shown
