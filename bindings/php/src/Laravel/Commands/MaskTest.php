<?php

declare(strict_types=1);

namespace Trunkline\Laravel\Commands;

use Symfony\Component\Console\Output\OutputInterface;
use Trunkline\Exception\InvalidInput;
use Trunkline\Laravel\Manager;
use Trunkline\Zone;

final class MaskTest extends Command
{
    protected $signature = 'trunkline:mask-test {--zone=log : log, error, api, webhook_out, export or transcript}
        {--file= : in place of standard input} {--json}';
    protected $description = 'Mask a text, read from standard input, as logs are masked here';

    protected function answer(Manager $manager): \stdClass
    {
        $zones = ['log' => Zone::Log, 'error' => Zone::Error, 'api' => Zone::Api, 'webhook_out' => Zone::WebhookOut,
            'export' => Zone::Export, 'transcript' => Zone::Transcript];
        $zone = $zones[(string) $this->option('zone')] ?? throw new InvalidInput('--zone is one of ' . implode(', ', array_keys($zones)));
        // Not an argument: those are in the list of processes and in the history of the shell.
        $text = @file_get_contents($this->option('file') ?? 'php://stdin');
        if ($text === false) throw new InvalidInput('cannot read ' . $this->option('file'));
        $masked = $manager->masker()->mask($text, $zone);
        return (object) ['text' => $masked, 'changed' => $masked !== $text];
    }

    protected function show(\stdClass $d): void
    {
        $this->getOutput()->write($d->text, false, OutputInterface::OUTPUT_RAW);
    }
}
