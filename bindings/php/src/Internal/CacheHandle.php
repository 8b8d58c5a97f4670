<?php

declare(strict_types=1);

namespace Trunkline\Internal;

use FFI\CData;
use Trunkline\Status;

/**
 * What Trunkline\Cache is made of; by itself because it is preloaded, where the interface of PSR-16 may be missing.
 *
 * @internal
 */
final class CacheHandle extends Handle
{
    /** Beyond this size the memory for a value is given back at once. */
    private const KEPT = 1 << 20;

    private ?CData $buffer = null;
    private int $size = 0;
    private ?CData $needed = null;

    public static function open(string $name, string $tenant, int $maxBytes): self
    {
        $ffi = Library::ffi();
        return new self(Library::open('trunkline_cache', static fn (CData $out, CData $error): int =>
            $ffi->trunkline_cache_open($name, strlen($name), $tenant, strlen($tenant), $maxBytes, $out, $error)));
    }

    public function get(string $key): ?string
    {
        $handle = $this->handle ?? $this->closed();
        $this->needed ??= $this->ffi->new('size_t');
        for (;;) {
            $found = $this->ffi->trunkline_cache_get($handle, $key, strlen($key), -1, $this->buffer, $this->size,
                \FFI::addr($this->needed));
            if ($found !== Status::BUFFER_TOO_SMALL) break;
            $this->size = max(4096, $this->needed->cdata);
            $this->buffer = $this->ffi->new("char[$this->size]");
        }
        if ($found < 0) throw Library::failed($found, '');
        if ($found === 0) return null;
        $size = $this->needed->cdata;
        $value = $size === 0 ? '' : \FFI::string($this->buffer, $size);
        if ($this->size > self::KEPT) [$this->buffer, $this->size] = [null, 0];
        return $value;
    }

    /** @return bool false: it does not fit */
    public function set(string $key, string $value, int $ttlMs): bool
    {
        $status = $this->ffi->trunkline_cache_set($this->handle ?? $this->closed(), $key, strlen($key), $value, strlen($value), $ttlMs, -1);
        if ($status === Status::OK || $status === Status::TOO_LARGE) return $status === Status::OK;
        throw Library::failed($status, '');
    }

    public function delete(string $key): void
    {
        $status = $this->ffi->trunkline_cache_delete($this->handle ?? $this->closed(), $key, strlen($key));
        if ($status !== Status::OK) throw Library::failed($status, '');
    }

    public function clear(): void
    {
        $status = $this->ffi->trunkline_cache_clear($this->handle ?? $this->closed());
        if ($status !== Status::OK) throw Library::failed($status, '');
    }

    protected function release(CData $handle): void
    {
        $this->ffi->trunkline_cache_close($handle);
    }
}
