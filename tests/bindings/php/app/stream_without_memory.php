<?php

declare(strict_types=1);

// Feeds a mask stream more than this process may have, then goes on with it: says what came out, by line.

use Trunkline\Masker;

require __DIR__ . '/../../../../bindings/php/autoload.php';

$stream = Masker::open()->stream();
$large = str_pad('mail max@example.com', 96 << 20);
$first = $stream->feed(substr($large, 0, 20_000));
$pages = (int) explode(' ', (string) file_get_contents('/proc/self/statm'))[0];
exec(sprintf('prlimit --pid=%d --as=%d:', getmypid(), $pages * 4096 + (8 << 20)), $said, $status);
if ($status !== 0) exit(77);
$failed = $stream->feed($large);
exec(sprintf('prlimit --pid=%d --as=unlimited:', getmypid()));
echo rtrim($first), "\n", $failed, "\n", $stream->feed('max@example.com'), $stream->flush(), "\n", $stream->feed('again'), $stream->flush(), "\n";
