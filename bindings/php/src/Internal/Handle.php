<?php

declare(strict_types=1);

namespace Trunkline\Internal;

use FFI;
use FFI\CData;
use Trunkline\Exception\ClosedException;

/**
 * Something of the library that is opened and closed. Closing twice does nothing; using what is closed throws
 * ClosedException. It closes itself when nothing refers to it any more.
 */
abstract class Handle
{
    protected ?CData $handle = null;
    protected ?FFI $ffi = null;

    final protected function __construct(CData $handle)
    {
        $this->handle = $handle;
        $this->ffi = Library::ffi();
        Library::opened($this);
    }

    public function close(): void
    {
        if ($this->handle === null) return;
        $handle = $this->handle;
        $this->handle = null;    // first: what closing runs into must find it closed
        $this->release($handle);
    }

    public function isOpen(): bool
    {
        return $this->handle !== null;
    }

    abstract protected function release(CData $handle): void;

    /** For places that must not go on: an open handle never gets here. */
    final protected function closed(): never
    {
        $name = strtolower((new \ReflectionClass($this))->getShortName());
        throw ClosedException::of(\Trunkline\Status::CLOSING, "this $name is closed");
    }

    public function __destruct()
    {
        $this->close();
    }

    final public function __clone()
    {
        $this->handle = null;    // the original goes on owning it
        $this->ffi = null;
        throw new \Error(static::class . ' cannot be cloned');
    }

    final public function __serialize(): array
    {
        throw new \Error(static::class . ' cannot be serialised');
    }

    final public function __unserialize(array $data): void
    {
        throw new \Error(static::class . ' cannot be unserialised');
    }

    public function __debugInfo(): array
    {
        return ['open' => $this->handle !== null];
    }
}
