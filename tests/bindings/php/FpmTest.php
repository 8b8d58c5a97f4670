<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Support\Folder;
use Support\Fpm;
use Support\Processes;
use Support\Shared;
use Trunkline\Circuit;

/** Under web server workers, where processes are many, short of memory and killed. */
final class FpmTest extends TestCase
{
    private const APP = __DIR__ . '/app/worker.php';
    private const PRELOAD = __DIR__ . '/../../../bindings/php/preload.php';

    private ?Fpm $fpm = null;

    protected function setUp(): void
    {
        if (Fpm::program() === null) $this->markTestSkipped('php-fpm is not installed; ./dev test installs it');
    }

    protected function tearDown(): void
    {
        $this->fpm?->stop();
        foreach (glob(Shared::folder() . '/*') as $file) unlink($file);
    }

    /** @return array<string, array{array<string, string>}> */
    public static function settings(): array
    {
        $user = posix_geteuid() === 0 ? ['opcache.preload_user' => 'root'] : [];
        $scope = Folder::make() . '/scope.h';
        exec(escapeshellarg(PHP_BINARY) . ' ' . escapeshellarg(self::PRELOAD) . ' > ' . escapeshellarg($scope));
        return [
            'ffi.enable=true' => [['ffi.enable' => 'true']],
            'preloaded' => [['ffi.enable' => 'preload', 'opcache.preload' => self::PRELOAD] + $user],
            'preloaded by ini' => [['ffi.enable' => 'preload', 'opcache.preload' => self::PRELOAD, 'ffi.preload' => $scope] + $user],
        ];
    }

    private function started(array $ini, int $workers = 8): Fpm
    {
        return $this->fpm = new Fpm($workers, $ini);
    }

    private static function ask(Support\FastCgi $c, string $what): ?stdClass
    {
        $text = $c->get(self::APP, $what);
        return $text === null ? null : json_decode($text, false, 16, JSON_THROW_ON_ERROR);
    }

    /** @dataProvider settings */
    public function testWorkersShareOneLimiterAndOneBreaker(array $ini): void
    {
        $fpm = $this->started($ini);
        $c = $fpm->connect();
        $first = self::ask($c, 'ffi');
        unset($c);
        $this->assertTrue($first->shared, $fpm->said());
        if ($ini['ffi.enable'] === 'preload') $this->assertStringContainsString('restricted', $first->ffi, 'the setting has an effect');
        // A connection that is kept open keeps its worker, so that these are all of them.
        $connections = array_map(static fn () => $fpm->connect(), range(1, 8));
        $workers = array_map(static fn (Support\FastCgi $c): int => self::ask($c, 'look')->pid, $connections);
        $this->assertCount(8, array_unique($workers));
        $granted = Processes::together(8, static function (int $number) use ($connections): int {
            $sum = 0;
            for ($i = 0; $i < 20; ++$i) $sum += self::ask($connections[$number], 'take')->granted;
            return $sum;
        });
        $this->assertSame(2000, array_sum($granted), '3,200 were tried');

        foreach ([1, 2, 3] as $seen) $this->assertSame($seen, self::ask($connections[0], 'cache')->seen, 'a cache outlives the request');
        for ($i = 0; $i < 400; ++$i) {    // more than the good calls before
            if (self::ask($connections[$i % 8], 'sick')->permit === 0) break;
        }
        foreach ($connections as $c) $this->assertSame(0, self::ask($c, 'look')->breaker->calls);
        $this->assertLessThan(400, $i);
        $this->assertNotSame(Circuit::Closed->value, self::ask($connections[0], 'look')->breaker->state);
    }

    public function testWorkersThatAreKilledLeaveLimiterAndBreakerExact(): void
    {
        $fpm = $this->started(['ffi.enable' => 'true']);
        $results = Processes::together(5, static function (int $number) use ($fpm): array {
            $c = $fpm->connect();
            $reported = $kills = 0;
            $seed = 4711;
            for ($i = 0; $i < ($number === 0 ? 60 : 150); ++$i) {
                $answer = self::ask($c, 'take');
                if ($number === 0 && $answer !== null) {
                    $seed = ($seed * 1103515245 + 12345) & 0x7fffffff;
                    $kills += self::killOne($answer->pid, $seed) ? 1 : 0;
                }
                $reported += $answer->granted ?? 0;
            }
            return [$reported, $kills];
        });
        $kills = array_sum(array_column($results, 1));
        $reported = array_sum(array_column($results, 0));
        $this->assertGreaterThan(30, $kills);
        $this->assertLessThanOrEqual(2000, $reported);
        $this->assertGreaterThanOrEqual(2000 - 20 * $kills, $reported, "what $kills killed workers took with them is at most a request each");
        $c = $fpm->connect();
        $look = self::ask($c, 'look');
        $this->assertLessThan(1, $look->credit, '11,000 tries take all there is');
        $this->assertSame([Circuit::Closed->value, 0], [$look->breaker->state, $look->breaker->failures]);
        $this->assertSame(0, self::ask($c, 'take')->granted);
    }

    /** Kills a worker of the same parent, other than the one that answered. */
    private static function killOne(int $worker, int $seed): bool
    {
        $stat = @file_get_contents("/proc/$worker/stat");
        if ($stat === false) return false;
        $parent = (int) explode(' ', substr($stat, strrpos($stat, ')') + 2))[1];
        $workers = array_values(array_diff(explode(' ', trim((string) @file_get_contents("/proc/$parent/task/$parent/children"))), [(string) $worker, '']));
        return $workers !== [] && posix_kill((int) $workers[$seed % count($workers)], SIGKILL);
    }

    public function testAProbeHeldByAKilledWorkerIsGivenToAnother(): void
    {
        $fpm = $this->started(['ffi.enable' => 'true'], 4);
        $c = $fpm->connect();
        for ($i = 0; $i < 10; ++$i) self::ask($c, 'sick');
        $this->assertSame(Circuit::Open->value, self::ask($c, 'look')->breaker->state);
        $end = hrtime(true) + 10_000_000_000;
        do $died = self::ask($c, 'hold') === null; while (!$died && hrtime(true) < $end);
        $this->assertTrue($died, 'a worker died with the probe');
        $rejected = 0;
        do {
            $permit = self::ask($c, 'ok')->permit;
            if ($permit === 0) ++$rejected;
        } while ($permit === 0 && hrtime(true) < $end);
        $this->assertNotSame(0, $permit);
        $this->assertGreaterThan(0, $rejected, 'meanwhile nobody else probed');
        $this->assertSame(Circuit::Closed->value, self::ask($c, 'look')->breaker->state);
    }

    /** @dataProvider settings */
    public function testTenThousandRequestsLeakNothing(array $ini): void
    {
        $fpm = $this->started($ini, 2);
        $total = $ini['ffi.enable'] === 'true' ? 5000 : 1000;
        $grown = Processes::together(2, static function () use ($fpm, $total): array {
            $c = $fpm->connect();
            for ($i = 0; $i < 200; ++$i) self::ask($c, 'mask');
            $before = self::ask($c, 'memory');
            for ($i = 0; $i < $total; ++$i) self::ask($c, 'mask');
            $after = self::ask($c, 'memory');
            return [self::ask($c, 'mask')->masked, $after->pid - $before->pid, $after->maps - $before->maps, $after->fds - $before->fds,
                ($after->rss - $before->rss) * 4];
        });
        foreach ($grown as [$masked, $other, $maps, $fds, $kilobytes]) {
            $this->assertSame(['password=[PASSWORD]', 0, 0], [$masked, $other, $fds]);
            $this->assertLessThanOrEqual(1, $maps);
            $this->assertLessThan(600, $kilobytes);
        }
    }

    public function testFatalErrorsLeakNothing(): void
    {
        $fpm = $this->started(['ffi.enable' => 'true'], 1);
        $c = $fpm->connect();
        for ($i = 0; $i < 50; ++$i) $c->get(self::APP, 'fatal');
        $before = self::ask($c, 'memory');
        for ($i = 0; $i < 200; ++$i) $this->assertNotNull($c->get(self::APP, 'fatal'));
        $after = self::ask($c, 'memory');
        $this->assertSame([$before->pid, $before->maps, $before->fds], [$after->pid, $after->maps, $after->fds]);
    }
}
