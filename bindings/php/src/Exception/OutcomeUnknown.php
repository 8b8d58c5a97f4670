<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** It was sent, no answer came, and it must not be repeated blindly. */
class OutcomeUnknown extends TransportFailure
{
    protected static function usual(): int
    {
        return \Trunkline\Status::OUTCOME_UNKNOWN;
    }
}
