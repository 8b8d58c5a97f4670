<?php

declare(strict_types=1);

namespace Trunkline\Laravel\Commands;

use Illuminate\Console\Command as Base;
use Symfony\Component\Console\Output\OutputInterface;
use Trunkline\Exception\InvalidInput;
use Trunkline\Exception\MergeConflict;
use Trunkline\Exception\PartialRelease;
use Trunkline\Exception\TrunklineException;
use Trunkline\Laravel\Manager;
use Trunkline\Status;
use Trunkline\Zone;

/** What the commands share: their document, with --json nothing else on standard output, and exit codes as of the CLI. */
abstract class Command extends Base
{
    abstract protected function answer(Manager $manager): \stdClass;

    /** A line or a few for people. */
    abstract protected function show(\stdClass $document): void;

    /** Exit code of a run that went well. */
    protected function code(\stdClass $document): int
    {
        return 0;
    }

    public function handle(Manager $manager): int
    {
        $this->catchSignals();
        try {
            $document = $this->answer($manager);
        } catch (Interrupted $e) {
            $this->getOutput()->getErrorStyle()->writeln($e->getMessage());
            return 130;
        } catch (TrunklineException $e) {
            return $this->failed($e, $manager);
        }
        if ($this->option('json')) $this->print(self::text($document));
        else $this->show($document);
        return $this->code($document);
    }

    /** The first one stops the work between two steps, a second one at once. */
    private function catchSignals(): void
    {
        if (!function_exists('pcntl_async_signals')) return;
        pcntl_async_signals(true);
        foreach ([SIGINT, SIGTERM] as $signal)
            pcntl_signal($signal, static function () use ($signal): never {
                pcntl_signal($signal, SIG_DFL);
                throw new Interrupted('stopped between two steps; apply goes on where it was');
            });
    }

    private function failed(TrunklineException $e, Manager $manager): int
    {
        $message = $manager->masker()->mask($e->getMessage(), Zone::Error);
        if ($this->option('json')) {
            $document = $e->document() ?? new \stdClass();
            $document->error = (object) ['code' => $e->statusName(), 'message' => $message];
            $this->print(self::text($document));
        } else {
            $this->getOutput()->getErrorStyle()->writeln($message, OutputInterface::OUTPUT_RAW);
            foreach ($e->document()?->conflicts ?? [] as $conflict)
                $this->print('  ' . $manager->masker()->mask(self::text($conflict), Zone::Error));
        }
        return self::exitCode($e);
    }

    private static function exitCode(TrunklineException $e): int
    {
        return match (true) {
            $e instanceof MergeConflict, $e->status() === Status::STALE_PLAN => 3,
            $e instanceof PartialRelease => 4,
            $e->status() === Status::INVALID_ARGUMENT => 64,
            default => 1,
        };
    }

    /** As the CLI: asks on a terminal, and refuses without one unless --yes says so. */
    protected function confirmed(string $question): void
    {
        if ($this->option('yes')) return;
        if (!stream_isatty(STDIN)) throw new InvalidInput('this changes the account: say --yes, or --dry-run to see what would be done');
        if (!$this->confirm($question)) throw new Interrupted('nothing was done');
    }

    /** Given options under the names of the request; those that were not given are left out. */
    protected function given(string ...$names): array
    {
        $out = [];
        foreach ($names as $name) {
            $value = $this->option($name);
            if ($value !== null && $value !== false && $value !== []) $out[str_replace('-', '_', $name)] = $value;
        }
        return $out;
    }

    protected function folder(): ?string
    {
        return $this->argument('folder');
    }

    /** One line for a unit of a release. */
    protected function unit(\stdClass $u): void
    {
        $message = ($u->message ?? '') === '' ? '' : ": $u->message";
        $this->print(sprintf('  %-10s %-16s %s%s', $u->state ?? '', $u->action, $u->unit ?? $u->name, $message));
    }

    /** Progress, on standard error of a terminal only. */
    protected function progress(): \Closure
    {
        $error = $this->getOutput()->getErrorStyle();
        $shown = $error->isDecorated() && !$this->option('json');
        return static function (\stdClass $p) use ($error, $shown): void {
            if (!$shown) return;
            $error->write("\r\e[K" . match ($p->step ?? '') {
                'refresh' => "reading: $p->agents_done of $p->agents_total agents",
                'unit' => "{$p->unit->unit}: {$p->unit->step}\n",
                default => ($p->text ?? '') . "\n",
            });
        };
    }

    protected function print(string $text): void
    {
        $this->getOutput()->writeln($text, OutputInterface::OUTPUT_RAW);
    }

    protected static function text(mixed $value): string
    {
        return json_encode($value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION);
    }
}
