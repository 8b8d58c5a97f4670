<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** The service knows no such thing. */
class NotFound extends ServiceFailure
{
    protected static function usual(): int
    {
        return \Trunkline\Status::NOT_FOUND;
    }
}
