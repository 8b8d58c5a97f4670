<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** Refused by the breaker; nothing was sent. */
class CircuitOpen extends ServiceFailure
{
    protected static function usual(): int
    {
        return \Trunkline\Status::CIRCUIT_OPEN;
    }
}
