<?php

declare(strict_types=1);

namespace Trunkline\Laravel\Commands;

use Trunkline\Exception\InvalidInput;
use Trunkline\Internal\Json;
use Trunkline\Laravel\Manager;

final class Plan extends Command
{
    protected $signature = 'trunkline:plan {folder? : of the account\'s files} {--title= : of the release}
        {--allow=* : guards that may be passed}
        {--prefer= : local or remote, where both sides changed a field} {--out= : a file for the plan, for trunkline:apply} {--json}';
    protected $description = 'Show what a release would change; 2 if there is something to do';

    protected function answer(Manager $manager): \stdClass
    {
        $text = $manager->sync($this->folder())->planText($this->given('title', 'allow', 'prefer'));
        $file = $this->option('out');
        // It holds prompts, and references in place of secrets: for the owner alone.
        if ($file !== null && !self::write($file, $text)) throw new InvalidInput("cannot write $file");
        return Json::object($text);
    }

    private static function write(string $file, string $text): bool
    {
        $before = umask(0077);
        try {
            return @file_put_contents($file, $text) !== false && chmod($file, 0600);
        } finally {
            umask($before);
        }
    }

    protected function show(\stdClass $d): void
    {
        $this->print($d->empty ? 'nothing to do' : count($d->units) . ' units:');
        foreach ($d->units as $unit) $this->unit($unit);
    }

    protected function code(\stdClass $d): int
    {
        return $d->empty ? 0 : 2;
    }
}
