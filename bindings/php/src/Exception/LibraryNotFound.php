<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** The shared object cannot be loaded. */
class LibraryNotFound extends TrunklineException
{
    protected static function usual(): int
    {
        return \Trunkline\Status::INTERNAL;
    }
}
