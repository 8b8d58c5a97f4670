<?php

declare(strict_types=1);

namespace Trunkline\Laravel\Commands;

use Trunkline\Laravel\Manager;

final class Rollback extends Command
{
    protected $signature = 'trunkline:rollback {release? : for example r7; without it the newest that changed something}
        {--title= : of the release}
        {--allow=* : guards that may be passed} {--prefer= : local or remote} {--yes : do not ask}
        {--dry-run : say what would be done} {--json}';
    protected $description = 'Take a release back: numbers first, then the content';

    protected function answer(Manager $manager): \stdClass
    {
        if (!$this->option('dry-run')) $this->confirmed('Take the release back?');
        $options = $this->given('title', 'allow', 'prefer', 'dry-run');
        return $manager->sync()->rollback($this->argument('release'), $options, $this->progress());
    }

    protected function show(\stdClass $d): void
    {
        $dry = $d->dry_run ? ' (dry run)' : '';
        $this->print(($d->release ?? '') === '' ? 'nothing to do' : "$d->release: $d->state, takes back $d->reverts$dry");
        foreach ($d->units as $unit) $this->unit($unit);
    }
}
