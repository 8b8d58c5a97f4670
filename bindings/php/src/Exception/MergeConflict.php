<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** Both sides changed a field; document() lists the conflicts. */
class MergeConflict extends SyncFailure
{
    protected static function usual(): int
    {
        return \Trunkline\Status::MERGE_CONFLICT;
    }
}
