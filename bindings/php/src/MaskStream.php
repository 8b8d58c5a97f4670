<?php

declare(strict_types=1);

namespace Trunkline;

use FFI\CData;
use Trunkline\Internal\Handle;
use Trunkline\Internal\Library;

/** Masks a text that arrives in pieces; a secret may lie across them. */
final class MaskStream extends Handle
{
    private const PIECE = 16384;

    private ?CData $buffer = null;

    /** @internal see Masker::stream() */
    public static function open(CData $masker, Zone $zone): self
    {
        $ffi = Library::ffi();
        $stream = new self(Library::open('trunkline_mask_stream', static fn (CData $out, CData $error): int =>
            $ffi->trunkline_mask_stream_open($masker, $zone->value, $out, $error)));
        $stream->buffer = $ffi->new('char[' . self::PIECE . ']');
        return $stream;
    }

    /** Takes a piece, gives what is decided. After a failure the rest of the text is one marker. */
    public function feed(string $piece): string
    {
        $handle = $this->handle ?? $this->closed();
        return $this->drained(fn (string $in, CData $left): int =>
            $this->ffi->trunkline_mask_stream_feed($handle, $in, strlen($in), $this->buffer, self::PIECE, $left), $piece);
    }

    /** The text has ended: gives the rest. The stream is then as new. */
    public function flush(): string
    {
        $handle = $this->handle ?? $this->closed();
        return $this->drained(fn (string $in, CData $left): int =>
            $this->ffi->trunkline_mask_stream_flush($handle, $this->buffer, self::PIECE, $left), '');
    }

    private function drained(\Closure $step, string $in): string
    {
        $left = $this->ffi->new('size_t');
        $out = '';
        $failed = false;
        do {
            $n = $step($in, \FFI::addr($left));
            if ($n > 0) $out .= \FFI::string($this->buffer, $n);
            $failed = $failed || $n < 0;
            $in = '';
        } while ($left->cdata > 0);
        // The marker is there unless there was no memory even for that.
        return $failed && !str_ends_with($out, Masker::MARKER) ? $out . Masker::MARKER : $out;
    }

    protected function release(CData $handle): void
    {
        $this->buffer = null;
        $this->ffi->trunkline_mask_stream_close($handle);
    }
}
