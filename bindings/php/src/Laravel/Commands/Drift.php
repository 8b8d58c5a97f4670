<?php

declare(strict_types=1);

namespace Trunkline\Laravel\Commands;

use Trunkline\Laravel\Manager;

final class Drift extends Command
{
    protected $signature = 'trunkline:drift {--json}';
    protected $description = 'Show what changed at the service since the last pull or release; 2 if something did';

    protected function answer(Manager $manager): \stdClass
    {
        return $manager->sync()->drift($this->progress());
    }

    protected function show(\stdClass $d): void
    {
        if ($d->findings === []) $this->print('nothing changed');
        foreach ($d->findings as $f) $this->print("  $f->kind $f->resource: $f->text");
    }

    protected function code(\stdClass $d): int
    {
        return $d->findings === [] ? 0 : 2;
    }
}
