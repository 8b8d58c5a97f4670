<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** What the plan builds on has moved; plan again. */
class StalePlan extends SyncFailure
{
    protected static function usual(): int
    {
        return \Trunkline\Status::STALE_PLAN;
    }
}
