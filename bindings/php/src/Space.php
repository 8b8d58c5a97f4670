<?php

declare(strict_types=1);

namespace Trunkline;

use FFI\CData;
use Trunkline\Internal\Handle;
use Trunkline\Internal\Library;

/**
 * The shared memory of a host: breakers, limiters and call leases of all processes of this user. What was made from it
 * stays usable after it is closed.
 */
final class Space extends Handle
{
    private const PRIVATE = 1;
    private const NO_CREATE = 2;

    /**
     * Attaches to the segment of this name, or makes it. If neither can be, the space works in private memory and
     * reason() says why: protection never fails a call.
     *
     * @param string $name letters, digits, '-', '_', '.', up to 64
     * @param array{private?: bool, no_create?: bool, keys?: int, lease_pools?: int, events?: int, directory?: string} $options
     */
    public static function open(string $name, array $options = []): self
    {
        $directory = $options['directory'] ?? '';
        unset($options['directory']);
        if (!is_string($directory)) throw new Exception\InvalidInput('the option directory must be a text');
        $ffi = Library::ffi();
        $o = Library::options('trunkline_space_options', $options, ['private' => self::PRIVATE, 'no_create' => self::NO_CREATE]);
        if ($directory !== '') {
            $o ??= $ffi->new('trunkline_space_options');
            $o->struct_size = \FFI::sizeof($o);
            $text = $ffi->new('char[' . strlen($directory) . ']');
            \FFI::memcpy($text, $directory, strlen($directory));
            $o->directory = $ffi->cast('char*', $text);
            $o->directory_len = strlen($directory);
        }
        return new self(Library::open('trunkline_space', static fn (CData $out, CData $error): int =>
            $ffi->trunkline_space_open($name, strlen($name), $o === null ? null : \FFI::addr($o), $out, $error)));
    }

    /** Whether other processes see it. */
    public function isShared(): bool
    {
        return $this->ffi->trunkline_space_is_shared($this->handle ?? $this->closed()) === 1;
    }

    /** Why it is private; "" if it is shared. */
    public function reason(): string
    {
        return $this->ffi->trunkline_space_reason($this->handle ?? $this->closed());
    }

    /**
     * The breaker of one (service, tenant, endpoint group); keep it for the request.
     *
     * @param array<string, int|bool> $options as in Breaker::open()
     */
    public function breaker(string $service, string $tenant, string $group = '', array $options = []): Breaker
    {
        return Breaker::open($this, $service, $tenant, $group, $options);
    }

    /** @param array<string, int|float|bool> $options as in Limiter::open() */
    public function limiter(string $service, string $tenant, string $group = '', array $options = []): Limiter
    {
        return Limiter::open($this, $service, $tenant, $group, $options);
    }

    public function leases(string $service, string $tenant): Leases
    {
        return Leases::open($this, $service, $tenant);
    }

    /** @internal */
    public function pointer(): CData
    {
        return $this->handle ?? $this->closed();
    }

    protected function release(CData $handle): void
    {
        $this->ffi->trunkline_space_close($handle);
    }
}
