<?php

declare(strict_types=1);

namespace Trunkline\Laravel\Commands;

use Trunkline\Laravel\Manager;

final class Pull extends Command
{
    protected $signature = 'trunkline:pull {folder? : of the account\'s files}
        {--adopt= : local or remote, for an old folder and a new store}
        {--prefer= : local or remote, where both sides changed something} {--dry-run : say what would be done} {--json}';
    protected $description = 'Bring the account\'s files up to the service, merged with edits in them';

    protected function answer(Manager $manager): \stdClass
    {
        return $manager->sync($this->folder())->pull($this->given('adopt', 'prefer', 'dry-run'), $this->progress());
    }

    protected function show(\stdClass $d): void
    {
        $this->print("$d->agents agents, $d->llms prompts, $d->flows flows, $d->numbers numbers; $d->files_written files written");
        foreach ($d->notes as $note) $this->print('  ' . (is_string($note) ? $note : self::text($note)));
    }
}
