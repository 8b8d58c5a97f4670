<?php

declare(strict_types=1);

namespace Trunkline;

use Psr\SimpleCache\CacheInterface;
use Trunkline\Exception\CacheKeyInvalid;
use Trunkline\Exception\ForkedException;
use Trunkline\Exception\InvalidInput;
use Trunkline\Internal\CacheHandle;

/**
 * A cache of PSR-16, versions 1 to 3, in the memory of this process. Under FPM the values stay from request to request of
 * the same worker; other workers have their own. Each tenant sees its own values only.
 */
final class Cache implements CacheInterface
{
    private const TEXT = 't';
    private const OTHER = 'o';
    private const FOR_EVER = PHP_INT_MAX;

    private function __construct(
        private CacheHandle $handle,
        private readonly string $tenant,
        private readonly string $name,
        private readonly int $maxBytes,
        private readonly int|\DateInterval|null $ttl,
    ) {
    }

    /**
     * @param string $name caches of one name share room and, for one tenant, values
     * @param int $maxBytes of all values of the name; 0: 16 MiB; whoever opens it first decides
     * @param null|int|\DateInterval $ttl of values that are set without one; null: as long as there is room
     */
    public static function open(string $tenant, string $name = 'default', int $maxBytes = 0, int|\DateInterval|null $ttl = null): self
    {
        if ($maxBytes < 0) throw new InvalidInput('maxBytes must be 0, or 4,096 to 2^40');
        return new self(CacheHandle::open($name, $tenant, $maxBytes), $tenant, $name, $maxBytes, $ttl);
    }

    public function close(): void
    {
        $this->handle->close();
    }

    /** @param string $key */
    public function get($key, $default = null): mixed
    {
        $key = self::checked($key);
        $value = $this->guarded(fn (): ?string => $this->handle->get($key));
        if ($value === null) return $default;
        return $value[0] === self::TEXT ? substr($value, 1) : unserialize(substr($value, 1));
    }

    /**
     * @param string $key
     * @param null|int|\DateInterval $ttl
     * @return bool false: the value does not fit, and nothing is held under the key
     */
    public function set($key, $value, $ttl = null): bool
    {
        $key = self::checked($key);
        $text = is_string($value) ? self::TEXT . $value : self::OTHER . serialize($value);
        $ms = self::milliseconds($ttl ?? $this->ttl);
        return $this->guarded(fn (): bool => $this->handle->set($key, $text, $ms));
    }

    /** @param string $key */
    public function delete($key): bool
    {
        $key = self::checked($key);
        $this->guarded(fn () => $this->handle->delete($key));
        return true;
    }

    public function clear(): bool
    {
        $this->guarded(fn () => $this->handle->clear());
        return true;
    }

    /** @param iterable<string> $keys */
    public function getMultiple($keys, $default = null): iterable
    {
        $out = [];
        foreach (self::each($keys) as $key) $out[self::checked($key)] = $this->get($key, $default);
        return $out;
    }

    /**
     * @param iterable<string, mixed> $values
     * @param null|int|\DateInterval $ttl
     */
    public function setMultiple($values, $ttl = null): bool
    {
        $all = true;
        // What looks like a number has become one on its way through an array.
        foreach (self::each($values) as $key => $value) $all = $this->set(is_int($key) ? (string) $key : $key, $value, $ttl) && $all;
        return $all;
    }

    /** @param iterable<string> $keys */
    public function deleteMultiple($keys): bool
    {
        foreach (self::each($keys) as $key) $this->delete($key);
        return true;
    }

    /** @param string $key */
    public function has($key): bool
    {
        $key = self::checked($key);
        return $this->guarded(fn (): ?string => $this->handle->get($key)) !== null;
    }

    /** In a child after a fork the cache begins anew, empty. */
    private function guarded(\Closure $what): mixed
    {
        try {
            return $what();
        } catch (ForkedException) {
            $this->handle = CacheHandle::open($this->name, $this->tenant, $this->maxBytes);
            return $what();
        }
    }

    private static function checked(mixed $key): string
    {
        if (!is_string($key) || $key === '') throw new CacheKeyInvalid('a key of the cache must be a text that is not empty');
        if (strpbrk($key, '{}()/\\@:') !== false) throw new CacheKeyInvalid('a key of the cache must not hold any of {}()/\\@:');
        return $key;
    }

    private static function each(mixed $given): iterable
    {
        return is_iterable($given) ? $given : throw new CacheKeyInvalid('several keys or values must be an array or iterable');
    }

    private static function milliseconds(mixed $ttl): int
    {
        if ($ttl === null) return self::FOR_EVER;
        if ($ttl instanceof \DateInterval) {
            $now = new \DateTimeImmutable('@' . time());
            $ttl = $now->add($ttl)->getTimestamp() - $now->getTimestamp();
        }
        if (!is_int($ttl)) throw new CacheKeyInvalid('the time to live must be seconds, a DateInterval or null');
        return $ttl > intdiv(PHP_INT_MAX, 1000) ? self::FOR_EVER : max(0, $ttl) * 1000;
    }
}
