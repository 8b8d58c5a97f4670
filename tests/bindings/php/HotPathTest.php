<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Support\Processes;
use Support\Shared;
use Trunkline\Breaker;
use Trunkline\Circuit;
use Trunkline\Direction;
use Trunkline\Exception\CircuitOpen;
use Trunkline\Exception\LeaseGone;
use Trunkline\Exception\ServiceFailure;
use Trunkline\Exception\TransportFailure;
use Trunkline\Exception\TrunklineException;
use Trunkline\Limiter;
use Trunkline\Masker;
use Trunkline\Outcome;
use Trunkline\Priority;
use Trunkline\Signature;
use Trunkline\Space;
use Trunkline\Status;
use Trunkline\Webhook;
use Trunkline\Zone;

/** What a web request uses, each as meant. */
final class HotPathTest extends TestCase
{
    private const SECOND = 1_000_000_000;

    private static function space(): Space
    {
        return Space::open('test', ['private' => true]);
    }

    public function testEnumsAreThoseOfTheHeader(): void
    {
        $ffi = Trunkline\Internal\Library::ffi();
        $kinds = ['OUTCOME' => Outcome::class, 'CIRCUIT' => Circuit::class, 'PRIORITY' => Priority::class, 'ZONE' => Zone::class,
            'SIGNATURE' => Signature::class, 'CALL' => Direction::class];
        foreach ($kinds as $prefix => $class) {
            $declared = preg_match_all("/TRUNKLINE_{$prefix}_\w+ = /", Trunkline\Internal\Declarations::TEXT);
            $this->assertCount($declared, $class::cases(), $class);
            foreach ($class::cases() as $case) {
                $name = "TRUNKLINE_{$prefix}_" . strtoupper(preg_replace('/(?<!^)[A-Z]/', '_$0', $case->name));
                $this->assertSame($ffi->$name, $case->value, $name);
            }
        }
    }

    public function testABreakerOpensForAllAndRecovers(): void
    {
        $space = self::space();
        $b = $space->breaker('retell', 't1', '', ['minimum_calls' => 4, 'no_jitter' => true, 'no_slow_start' => true,
            'probes' => 1, 'successes' => 1]);
        $other = $space->breaker('retell', 't1');
        $now = 100 * self::SECOND;
        for ($i = 0; $i < 4; ++$i) {
            $permit = $b->allowAt($now);
            $this->assertNotSame(0, $permit);
            $b->reportAt($permit, Outcome::Sick, 1000, $now);
        }
        $this->assertSame(0, $other->allowAt($now));
        $this->assertSame(Circuit::Open->value, $other->look($now)['state']);
        $this->assertNotSame(0, $space->breaker('retell', 't2')->allowAt($now), 'another tenant is not concerned');
        $later = $now + $other->look($now)['retry_after_ns'] + 1_000_000;
        $permit = $other->allowAt($later);
        $this->assertNotSame(0, $permit);
        $other->reportAt($permit, Outcome::Ok, 1000, $later);
        $this->assertSame(Circuit::Closed->value, $b->look($later)['state']);
    }

    public function testAnOperatorsWord(): void
    {
        $b = self::space()->breaker('retell', 't1');
        $b->forceOpen();
        $this->assertSame([0, Circuit::ForcedOpen], [$b->allow(), $b->state()]);
        $b->disable();
        $this->assertNotSame(0, $b->allow());
        $b->reset();
        $this->assertSame(Circuit::Closed, $b->state());
    }

    public function testGuardedCallsReportHowTheyEnded(): void
    {
        $b = self::space()->breaker('retell', 't1', '', ['minimum_calls' => 3]);
        $this->assertSame(7, $b->call(static fn (): int => 7));
        $this->assertSame([1, 0], [$b->look()['calls'], $b->look()['failures']]);
        foreach ([Status::BAD_REQUEST, Status::INVALID_ARGUMENT] as $status) {
            try {
                $b->call(static fn () => throw TrunklineException::of($status, 'x'));
                $this->fail('what is thrown inside comes out');
            } catch (TrunklineException $e) {
                $this->assertSame(0, $b->look()['failures'], 'the caller\'s fault is no failure of the service');
            }
        }
        for ($i = 0; $i < 2; ++$i) {
            try {
                $b->call(static fn () => throw new RuntimeException('down'));
                $this->fail('what is thrown inside comes out');
            } catch (RuntimeException) {
            }
        }
        $called = false;
        try {
            $b->call(static function () use (&$called): void { $called = true; });
            $this->fail('it is open');
        } catch (CircuitOpen $e) {
            $this->assertFalse($called);
            $this->assertGreaterThan(0, $e->retryAfterMs());
            $this->assertSame([Status::CIRCUIT_OPEN, 'circuit_open'], [$e->status(), $e->statusName()]);
        }
    }

    public function testALimiterGrantsItsBurstAndSaysWhenToAskAgain(): void
    {
        $l = self::space()->limiter('retell', 't1', '', ['rate' => 10.0, 'burst' => 5, 'fixed' => true, 'no_reserves' => true]);
        $now = 100 * self::SECOND;
        for ($i = 0; $i < 5; ++$i) $this->assertGreaterThanOrEqual(0, $l->attemptAt($now));
        $wait = -$l->attemptAt($now);
        $this->assertEqualsWithDelta(self::SECOND / 10, $wait, 5_000_000);
        $this->assertGreaterThanOrEqual(0, $l->attemptAt($now + $wait + 5_000_000));
        $l->refund();
        $this->assertGreaterThanOrEqual(0, $l->attemptAt($now + $wait + 5_000_000));
        $this->assertSame(Limiter::NEVER, $l->attemptAt($now, 6));
        $this->assertSame(2, $l->look()['denied']);
        $l->throttled(0, 3 * self::SECOND, $now + self::SECOND);
        $this->assertLessThan(0, $l->attemptAt($now + 3 * self::SECOND));
        $this->assertGreaterThanOrEqual(0, $l->attemptAt($now + 5 * self::SECOND));
        $l->accepted(100, 50);
        $this->assertTrue($l->allows() || $l->look()['credit'] < 1);
    }

    public function testLeasesLimitCalls(): void
    {
        $p = self::space()->leases('retell', 't1');
        $p->configure(2, 1);
        $lease = $p->take(Direction::Outbound, 60_000);
        $this->assertNotSame(0, $lease);
        $this->assertSame(0, $p->take(Direction::Outbound, 60_000), 'the second is kept for inbound calls');
        $this->assertNotSame(0, $p->take(Direction::Inbound, 60_000));
        $p->sending($lease);
        $p->bind($lease, 'call_1');
        $p->renew($lease, 60_000);
        $this->assertTrue($p->started('call_1', 60_000));
        $this->assertSame(1, $p->look()['bound']);
        $this->assertTrue($p->ended('call_1'));
        $this->assertFalse($p->ended('call_1'));
        try {
            $p->sending($lease);
            $this->fail('the lease is gone');
        } catch (LeaseGone $e) {
            $this->assertSame('lease_gone', $e->statusName());
        }
    }

    public function testTheMaskerKeepsWhatHasNothingToMask(): void
    {
        $m = Masker::open();
        $this->assertSame('nothing here', $m->mask('nothing here'));
        $this->assertSame('', $m->mask(''));
        $masked = $m->mask('{"password":"hunter2hunter2","n":1.10}');
        $this->assertStringNotContainsString('hunter2', $masked);
        $this->assertSame('1.10', substr($masked, -5, 4));
        $this->assertSame(1, $m->totals()['found']);
        $this->assertStringContainsString('4242', $m->mask('card 4242 4242 4242 4242', Zone::Api));
        $this->assertStringNotContainsString('4242', $m->mask('card 4242 4242 4242 4242', Zone::Export));
    }

    public function testTheMaskersMemoryServesTextsOfAnySize(): void
    {
        $m = Masker::open();
        $m->registerSecret('swordfish-of-a-partner');
        foreach ([10, 5000, 3, 70_000, 2_000_000, 100, 70_001] as $n) {
            $text = str_repeat('x', $n) . ' swordfish-of-a-partner ' . str_repeat('y', 5);
            $masked = $m->mask($text);
            $this->assertStringNotContainsString('swordfish', $masked, "$n bytes");
            $this->assertStringStartsWith(str_repeat('x', $n) . ' ', $masked);
            $this->assertStringEndsWith(' yyyyy', $masked);
        }
    }

    public function testWhatTheMaskerCannotTakeIsAMarker(): void
    {
        $m = Masker::open(['max_input' => 4096]);
        $this->assertSame('[MASKER_LIMIT]', $m->mask(str_repeat('password=hunter2 ', 1000)));
        $this->assertSame(1, $m->totals()['failed']);
        $this->assertSame(['masked' => Masker::MARKER], $m->maskDocument(array_fill(0, 2000, 'abcd')));
        $this->assertSame('hello', $m->mask('hello'));
    }

    public function testDocumentsStayWhatTheyAre(): void
    {
        $m = Masker::open();
        $document = (object) ['empty' => new stdClass(), 'list' => [], 'password' => 'hunter2hunter2', 'half' => 1.0];
        $masked = $m->maskDocument($document);
        $this->assertEquals(new stdClass(), $masked->empty);
        $this->assertSame([[], 1.0], [$masked->list, $masked->half]);
        $this->assertNotSame('hunter2hunter2', $masked->password);
    }

    public function testASecretAcrossPiecesIsMasked(): void
    {
        $s = Masker::open()->stream();
        $text = 'a password=hunter2hunter2 and Bearer key_0123456789abcdef0123456789ab end ' . str_repeat('z', 40_000);
        $out = '';
        foreach (str_split($text, 7) as $piece) $out .= $s->feed($piece);
        $out .= $s->flush();
        $this->assertStringNotContainsString('hunter2', $out);
        $this->assertStringNotContainsString('0123456789abcdef', $out);
        $this->assertStringEndsWith(' end ' . str_repeat('z', 40_000), $out);
        $this->assertSame('again', $s->feed('again') . $s->flush());
    }

    /** What was decided before a failure comes out once, then the marker, then nothing until the text has ended. */
    public function testAStreamWithoutMemory(): void
    {
        $p = proc_open([PHP_BINARY, '-d', 'memory_limit=-1', __DIR__ . '/app/stream_without_memory.php'], [1 => ['pipe', 'w'], 2 => ['pipe', 'w']], $pipes);
        $said = stream_get_contents($pipes[1]) . stream_get_contents($pipes[2]);
        if (proc_close($p) === 77) $this->markTestSkipped('prlimit cannot set a limit here');
        $this->assertSame("mail [EMAIL]\n[MASKER_ERROR]\n\nagain\n", $said);
    }

    public function testSignatures(): void
    {
        $now = 1_700_000_000_000;
        $header = Webhook::sign('{"event":"call_started"}', 'key_of_today_0001', $now);
        $verify = static fn (string $body, string|array $keys, int $at): Signature => Webhook::verify($body, $header, $keys, $at);
        $this->assertSame(Signature::Ok, $verify('{"event":"call_started"}', 'key_of_today_0001', $now));
        $this->assertSame(Signature::Ok, $verify('{"event":"call_started"}', ['key_of_yesterday', 'key_of_today_0001'], $now + 1000));
        $this->assertSame(Signature::Mismatch, $verify('{"event":"call_startee"}', 'key_of_today_0001', $now));
        $this->assertSame(Signature::Expired, $verify('{"event":"call_started"}', 'key_of_today_0001', $now + 600_000));
        $this->assertSame(Signature::InFuture, $verify('{"event":"call_started"}', 'key_of_today_0001', $now - 600_000));
        $this->assertSame(Signature::NoKey, $verify('{"event":"call_started"}', [], $now));
        $this->assertSame(Signature::NoKey, $verify('{"event":"call_started"}', '', $now));
        $this->assertSame(Signature::Malformed, Webhook::verify('{}', 'v=1', 'key_of_today_0001', $now));
    }

    public function testExceptionsSayWhatKindTheyAre(): void
    {
        $seen = [];
        foreach ((new ReflectionClass(Status::class))->getConstants() as $name => $status) {
            if ($status === Status::OK) continue;
            $e = TrunklineException::of($status, '');
            $this->assertNotSame('', $e->getMessage());
            $this->assertSame(strtolower($name), $e->statusName());
            $seen[get_class($e)] = true;
        }
        $this->assertCount(18, $seen);    // each class but the bare base is used; LibraryNotFound has no status
        $this->assertInstanceOf(TransportFailure::class, TrunklineException::of(Status::OUTCOME_UNKNOWN, ''));
        $this->assertInstanceOf(ServiceFailure::class, TrunklineException::of(Status::FORBIDDEN, ''));
    }

    /** Scenario 9: four processes, a limit of 1,000, 12,000 tries, ten rounds. */
    public function testExactlyTheLimitIsAdmittedAcrossProcesses(): void
    {
        $options = ['rate' => 0.001, 'floor' => 0.001, 'burst' => 1000, 'fixed' => true, 'no_reserves' => true];
        for ($round = 0; $round < 10; ++$round) {
            Shared::space('exact')->limiter('retell', 't1', "round$round", $options);
            $counts = Processes::together(4, static function () use ($round): int {
                $l = Shared::space('exact')->limiter('retell', 't1', "round$round");
                $granted = 0;
                for ($i = 0; $i < 3000; ++$i) if ($l->attempt() >= 0) ++$granted;
                return $granted;
            });
            $this->assertSame(1000, array_sum($counts), implode('+', $counts));
        }
    }
}
