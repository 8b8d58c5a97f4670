#!/usr/bin/env python3
"""Makes capi/trunkline.ffi.h from the C header: the declarations alone, for PHP's FFI and Python's cffi.

    ffi.py            writes it
    ffi.py --check    exit 1 if it is not what the header says now
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
HEADER = HERE / "include" / "trunkline" / "trunkline.h"
TARGET = HERE / "trunkline.ffi.h"
FIRST = "/* Made by capi/ffi.py from trunkline.h; never edited. */\n"


def declarations(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"#ifdef __cplusplus.*?#endif\n", "", text, flags=re.S)
    text = re.sub(r"^#.*\n", "", text, flags=re.M)
    text = text.replace("TRUNKLINE_API ", "")
    lines, line, depth = [], "", 0
    for word in re.findall(r"[^\s;{}]+|[;{}]", text):
        depth += {"{": 1, "}": -1}.get(word, 0)
        line += word if word == ";" or not line else " " + word
        if word == ";" and depth == 0:             # one declaration a line
            lines.append(line)
            line = ""
    assert not line and depth == 0, "the header does not end where a declaration does"
    return FIRST + "\n".join(lines) + "\n"


def main():
    made = declarations(HEADER.read_text(encoding="utf-8"))
    if "--check" not in sys.argv:
        TARGET.write_text(made, encoding="utf-8")
        return 0
    if TARGET.read_text(encoding="utf-8") == made:
        return 0
    print("capi/trunkline.ffi.h is not what trunkline.h says; run capi/ffi.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
