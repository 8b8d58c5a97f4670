#!/usr/bin/env python3
"""Makes the PHP files that repeat what the C interface declares, from capi/trunkline.ffi.h.

    declarations.py            writes them
    declarations.py --check    exit 1 if they are not what the header says now
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1] / "capi" / "trunkline.ffi.h"
MADE = "<?php\n// Made by bindings/php/declarations.py from capi/trunkline.ffi.h; never edited.\n\ndeclare(strict_types=1);\n\n"


def fields_of(header):
    """struct -> its scalar fields with their types."""
    for name, body in re.findall(r"typedef struct (\w+) \{(.*?)\}", header):
        fields = {}
        for declaration in filter(None, (part.strip() for part in body.split(";"))):
            kind, names = declaration.rsplit(" ", 1) if "," not in declaration else declaration.split(" ", 1)
            if "*" not in declaration and not kind.startswith("const"):
                fields.update((field.strip(), kind) for field in names.split(","))
        yield name, fields


def declarations(header):
    text = header.partition("\n")[2]
    rows = "".join(f"        '{name}' => [" + ", ".join(f"'{f}' => '{t}'" for f, t in fields.items()) + "],\n"
                   for name, fields in fields_of(header))
    return (MADE + "namespace Trunkline\\Internal;\n\n/** What FFI is told. @internal */\nfinal class Declarations\n{\n"
            "    public const TEXT = <<<'C'\n" + text + "C;\n\n"
            "    /** Numbers of the structs of options and snapshots. */\n    public const FIELDS = [\n" + rows + "    ];\n}\n")


def statuses(header):
    rows = "".join(f"    public const {name} = {value};\n" for name, value in
                   re.findall(r"TRUNKLINE_(OK|E_\w+) = (-?\d+)", header)).replace(" E_", " ")
    return (MADE + "namespace Trunkline;\n\n/** How a call of the library ended; see trunkline.h for what each one means. */\n"
            "final class Status\n{\n" + rows + "}\n")


def main():
    header = SOURCE.read_text(encoding="utf-8")
    stale = []
    for path, text in ((HERE / "src/Internal/Declarations.php", declarations(header)),
                       (HERE / "src/Status.php", statuses(header))):
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
    if stale:
        print(", ".join(stale) + ": not what capi/trunkline.ffi.h says; run bindings/php/declarations.py")
    return bool(stale)


sys.exit(main())
