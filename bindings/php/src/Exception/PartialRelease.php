<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** Some of the work is done; document() names the rest, and apply resumes it. */
class PartialRelease extends SyncFailure
{
    protected static function usual(): int
    {
        return \Trunkline\Status::PARTIAL;
    }
}
