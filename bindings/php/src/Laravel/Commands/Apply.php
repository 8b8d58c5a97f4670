<?php

declare(strict_types=1);

namespace Trunkline\Laravel\Commands;

use Trunkline\Exception\InvalidInput;
use Trunkline\Laravel\Manager;

final class Apply extends Command
{
    protected $signature = 'trunkline:apply {folder? : of the account\'s files} {--plan= : a file of trunkline:plan --out}
        {--title= : of the release}
        {--allow=* : guards that may be passed} {--prefer= : local or remote, where both sides changed a field} {--yes : do not ask}
        {--dry-run : say what would be done} {--json}';
    protected $description = 'Release what the files changed, after a verified backup; resumes first';

    protected function answer(Manager $manager): \stdClass
    {
        $plan = null;
        if (($file = $this->option('plan')) !== null) {
            $plan = @file_get_contents($file);
            if ($plan === false) throw new InvalidInput("cannot read $file");
        }
        if (!$this->option('dry-run')) $this->confirmed('Release to the service?');
        return $manager->sync($this->folder())->apply($plan, $this->given('title', 'allow', 'prefer', 'dry-run'), $this->progress());
    }

    protected function show(\stdClass $d): void
    {
        $this->print(($d->release ?? '') === '' ? 'nothing to do' : "$d->release: $d->state" . ($d->dry_run ? ' (dry run)' : ''));
        foreach ($d->units as $unit) $this->unit($unit);
    }
}
