"""Scores what came out of the masker against the labels: leaks, damage, clean lines touched."""
import json
import os
import pathlib
import re
import subprocess
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = str(pathlib.Path(os.environ.get('TRUNKLINE_BIN', ROOT / 'build/dev/bin')) / 'trunkline')
MASK = re.compile(r'\[[A-Z][A-Z_0-9]*(:[^\]]*)?\]')


def run(zone, texts, binary=None):
    """The texts through one process of `trunkline mask --jsonl`."""
    binary = binary or PROGRAM
    lines = ''.join(json.dumps({'id': i, 'text': t}) + '\n' for i, t in enumerate(texts))
    done = subprocess.run([binary, 'mask', '--zone', zone, '--jsonl'], input=lines.encode(),
        stdout=subprocess.PIPE, check=True, timeout=300)
    out = {}
    for row in done.stdout.decode('utf-8', 'surrogateescape').splitlines():
        row = json.loads(row)
        out[row['id']] = row['out']
    return [out[i] for i in range(len(texts))]


def window(n):
    return 4 if n >= 10 else 2 if n >= 6 else 1


def leaked(value, shown):
    """A part of the value that is still in `shown`, or None."""
    for part in sorted(value.allowed, key=len, reverse=True):
        if part and len(part) < len(value.text):
            shown = shown.replace(part, '\0')
    shown = MASK.sub('\0', shown)
    size = window(len(value.text))
    for i in range(len(value.text) - size + 1):
        part = value.text[i:i + size]
        if part in shown and any(c.isalnum() for c in part):
            return part
    return None


def check(text, out):
    """None, or ('leak' | 'damage', what)."""
    pattern, values, buffer = '', [], ''
    for piece, value in text:
        if value is None:
            buffer += piece
        else:
            pattern += re.escape(buffer) + '(.*?)'
            buffer = ''
            values.append(value)
    found = re.fullmatch(pattern + re.escape(buffer), out, re.S)
    if not found:
        for piece, value in text:
            if value is not None and len(value.text) >= 4 and value.text in out:
                return 'leak', f'{value.kind} {value.text!r} whole'
        return 'damage', ''
    for value, shown in zip(values, found.groups()):
        part = leaked(value, shown)
        if part:
            return 'leak', f'{value.kind} {value.text!r} shows {part!r} in {shown!r}'
    return None


def stream(zone, data, cuts):
    """The bytes through `trunkline mask`, written in pieces of these sizes."""
    process = subprocess.Popen([PROGRAM, 'mask', '--zone', zone], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE)
    out = []
    reader = threading.Thread(target=lambda: out.append(process.stdout.read()))
    reader.start()
    for size in cuts:
        process.stdin.write(data[:size])
        process.stdin.flush()
        data = data[size:]
    process.stdin.write(data)
    process.stdin.close()
    reader.join()
    process.stdout.close()
    process.wait()
    return out[0]
