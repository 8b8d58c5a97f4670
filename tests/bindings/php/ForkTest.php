<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Support\Processes;
use Support\Shared;
use Trunkline\Client;
use Trunkline\Masker;
use Trunkline\Outcome;

/** A fork after use works, or says that it cannot; it never hangs. */
final class ForkTest extends TestCase
{
    public function testAForkAfterUse(): void
    {
        $space = Shared::space('fork');
        $h = ['b' => $space->breaker('s', 't'), 'l' => $space->limiter('s', 't'), 'm' => Masker::open(),
            'p' => $space->leases('s', 't')];
        $h['m']->mask('password=hunter2hunter2');
        $client = Client::open();
        $client->request('version');
        $client->submit('version');
        $this->assertTrue($client->next(5000)->isDone, 'the thread of the client has run');
        $told = Processes::one(static function () use ($h, $client): array {
            $h['b']->report($h['b']->allow(), Outcome::Ok);
            $said = [$h['l']->allows(), $h['m']->mask('password=hunter2hunter2')];
            foreach ([static fn () => $client->request('version'), static fn () => $client->submit('version'),
                static fn () => $client->next(1000), static fn () => $client->cancel(1)] as $what) {
                try {
                    $what();
                    $said[] = 'came back';
                } catch (Trunkline\Exception\ForkedException $e) {
                    $said[] = $e->statusName();
                }
            }
            $client->close();
            $own = Client::open();
            $own->submit('version');
            return [...$said, $own->request('version')->version, $own->next(5000)->isDone];
        });
        $version = $client->request('version')->version;
        $this->assertSame([true, 'password=[PASSWORD]', 'forked', 'forked', 'forked', 'forked', $version, true], $told);
        $this->assertSame(1, $h['b']->look()['calls'], 'what the child reported is seen here');
    }

    /** Destructors and the library's own end run in the child; the parent goes on, with its thread. */
    public function testAChildThatEndsInTheOrdinaryWayHurtsNobody(): void
    {
        $this->assertSame([0, 0], self::exits('$c = Trunkline\Client::open(); $c->submit("version"); $c->next(5000);'
            . '$b = Trunkline\Space::open("exit", ["private" => true])->breaker("s", "t");'
            . '$pid = pcntl_fork(); if ($pid === 0) { pcntl_alarm(10); exit(0); } pcntl_waitpid($pid, $s);'
            . 'fwrite(STDOUT, pcntl_wifexited($s) ? pcntl_wexitstatus($s) : 99);'
            . '$c->request("version"); $c->submit("version"); if (!$c->next(5000)->isDone || $b->allow() === 0) exit(3);'));
    }

    /** @return array{int, int} what it printed, how it ended */
    private static function exits(string $code): array
    {
        $command = [PHP_BINARY, '-r', 'require ' . var_export(dirname(__DIR__, 3) . '/bindings/php/autoload.php', true) . '; ' . $code];
        $p = proc_open($command, [1 => ['pipe', 'w']], $pipes);
        $said = stream_get_contents($pipes[1]);
        return [(int) $said, proc_close($p)];
    }
}
