<?php

declare(strict_types=1);

namespace Trunkline;

use FFI\CData;
use Trunkline\Exception\InvalidInput;
use Trunkline\Internal\Handle;
use Trunkline\Internal\Json;
use Trunkline\Internal\Library;

/** Removes secrets and personal data from texts that are about to leave. Goes on working after a fork. */
final class Masker extends Handle
{
    /** Stands where a text could not be masked, and nothing of it may be shown. */
    public const MARKER = '[MASKER_ERROR]';

    /** Beyond this size the output gets memory of its own, so that one large text does not stay for ever. */
    private const KEPT = 1 << 20;

    private ?CData $buffer = null;
    private int $size = 0;
    private int $fits = -1;    // the longest input that the buffer is known to be enough for

    /** @param array<string, mixed>|\stdClass|string $policy a policy document (docs/masker.md); empty: the library's own rules */
    public static function open(array|\stdClass|string $policy = ''): self
    {
        $ffi = Library::ffi();
        $text = is_string($policy) ? $policy : Json::members($policy);
        return new self(Library::open('trunkline_masker', static fn (CData $out, CData $error): int =>
            $ffi->trunkline_masker_open($text, strlen($text), $out, $error)));
    }

    /** Masks a text. It never throws for what is in the text: what cannot be masked becomes a marker. */
    public function mask(string $text, Zone $zone = Zone::Log): string
    {
        $handle = $this->handle ?? $this->closed();
        $length = strlen($text);
        if ($length > $this->fits) return $this->maskLarger($handle, $text, $length, $zone);
        $n = $this->ffi->trunkline_mask($handle, $zone->value, $text, $length, $this->buffer, $this->size, null);
        if ($n === 0) return $text;
        return $n > 0 ? \FFI::string($this->buffer, $n) : self::marker($n);
    }

    private static function marker(int $status): string
    {
        return $status === Status::MASKER_LIMIT ? '[MASKER_LIMIT]' : self::MARKER;
    }

    private function maskLarger(CData $handle, string $text, int $length, Zone $zone): string
    {
        $size = max(4096, $this->ffi->trunkline_mask_bound($handle, $length));
        $buffer = $this->ffi->new("char[$size]");
        if ($size <= self::KEPT) {
            $this->buffer = $buffer;
            $this->size = $size;
            $this->fits = $length;
        }
        $n = $this->ffi->trunkline_mask($handle, $zone->value, $text, $length, $buffer, $size, null);
        if ($n === 0) return $text;
        return $n > 0 ? \FFI::string($buffer, $n) : self::marker($n);
    }

    /**
     * Masks the texts of a document, its keys' meaning included.
     *
     * @template T of array|\stdClass
     * @param T $document
     * @return T as an array or stdClass, as it came; a marker under "masked" if it cannot be masked
     */
    public function maskDocument(array|\stdClass $document, Zone $zone = Zone::Log): array|\stdClass
    {
        $masked = json_decode($this->mask(Json::text($document), $zone), is_array($document));
        if (is_array($masked) || $masked instanceof \stdClass) return $masked;
        return is_array($document) ? ['masked' => self::MARKER] : (object) ['masked' => self::MARKER];
    }

    /** From now on this value, of 8 to 512 bytes, is masked wherever it appears. */
    public function registerSecret(#[\SensitiveParameter] string $secret): void
    {
        $status = $this->ffi->trunkline_mask_register_secret($this->handle ?? $this->closed(), $secret, strlen($secret));
        if ($status === Status::INVALID_ARGUMENT) throw new InvalidInput('a secret has 8 to 512 bytes');
        if ($status !== Status::OK) throw Library::failed($status, '');
    }

    /** @return array{found: int, failed: int} values masked, and calls that ended in a marker, by this masker */
    public function totals(): array
    {
        $found = $this->ffi->new('uint64_t');
        $failed = $this->ffi->new('uint64_t');
        $this->ffi->trunkline_masker_totals($this->handle ?? $this->closed(), \FFI::addr($found), \FFI::addr($failed));
        return ['found' => $found->cdata, 'failed' => $failed->cdata];
    }

    /** For a text that arrives in pieces. It may outlive the masker. */
    public function stream(Zone $zone = Zone::Log): MaskStream
    {
        return MaskStream::open($this->handle ?? $this->closed(), $zone);
    }

    protected function release(CData $handle): void
    {
        $this->buffer = null;
        $this->fits = -1;
        $this->ffi->trunkline_masker_close($handle);
    }
}
