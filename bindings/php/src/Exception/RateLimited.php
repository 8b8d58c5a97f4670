<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** The service refused for the rate. */
class RateLimited extends ServiceFailure
{
    protected static function usual(): int
    {
        return \Trunkline\Status::RATE_LIMITED;
    }
}
