<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Support\Folder;
use Support\Simulator;
use Trunkline\Breaker;
use Trunkline\Client;
use Trunkline\Direction;
use Trunkline\Exception\ClosedException;
use Trunkline\Exception\InvalidInput;
use Trunkline\Exception\LibraryNotFound;
use Trunkline\Internal\Handle;
use Trunkline\Masker;
use Trunkline\Outcome;
use Trunkline\Priority;
use Trunkline\Space;
use Trunkline\Webhook;

/** Whatever PHP does with it: an exception or an answer, never the end of the process. */
final class MisuseTest extends TestCase
{
    private static function space(): Space
    {
        return Space::open('misuse', ['private' => true]);
    }

    /** @return array<string, Handle> */
    private static function handles(): array
    {
        $space = self::space();
        $masker = Masker::open();
        return ['space' => $space, 'breaker' => $space->breaker('s', 't'), 'limiter' => $space->limiter('s', 't'),
            'leases' => $space->leases('s', 't'), 'masker' => $masker, 'maskstream' => $masker->stream(), 'client' => Client::open()];
    }

    /** Arguments that fit a parameter. */
    private static function argument(ReflectionParameter $p): mixed
    {
        $type = ltrim((string) $p->getType(), '?');
        return match (true) {
            $p->isDefaultValueAvailable() => $p->getDefaultValue(),
            $type === 'int' => 1,
            $type === 'float' => 1.0,
            $type === 'string' => 'text-of-8',
            $type === 'callable' => static fn () => null,
            enum_exists($type) => $type::cases()[0],
            default => [],
        };
    }

    public function testEveryFunctionOfWhatIsClosedThrows(): void
    {
        $called = 0;
        foreach (self::handles() as $name => $handle) {
            $handle->close();
            $handle->close();
            $this->assertFalse($handle->isOpen());
            foreach ((new ReflectionClass($handle))->getMethods(ReflectionMethod::IS_PUBLIC) as $m) {
                if ($m->isStatic() || str_starts_with($m->name, '__') || in_array($m->name, ['close', 'isOpen'], true)) continue;
                if ($m->name === 'sync') continue;    // asks nothing yet
                try {
                    $m->invokeArgs($handle, array_map(self::argument(...), $m->getParameters()));
                    $this->fail("$name::{$m->name}() of a closed one came back");
                } catch (ClosedException $e) {
                    $this->assertSame("this $name is closed", $e->getMessage());
                    ++$called;
                }
            }
        }
        $this->assertGreaterThan(45, $called);
    }

    public function testWhatWasMadeFromASpaceOutlivesIt(): void
    {
        $space = self::space();
        $b = $space->breaker('s', 't');
        $masker = Masker::open();
        $stream = $masker->stream();
        $space->close();
        $masker->close();
        unset($space, $masker);
        gc_collect_cycles();
        $b->report($b->allow(), Outcome::Ok);
        $this->assertSame(1, $b->look()['calls']);
        $this->assertSame('ok', $stream->feed('ok') . $stream->flush());
    }

    public function testHandlesAreNeitherCopiedNorStored(): void
    {
        foreach (self::handles() as $handle) {
            foreach ([static fn () => clone $handle, static fn () => serialize($handle),
                static fn () => unserialize('O:' . strlen($handle::class) . ':"' . $handle::class . '":0:{}'),
                static fn () => new (get_class($handle))()] as $what) {
                try {
                    $what();
                    $this->fail();
                } catch (Error $e) {
                    $this->assertNotSame('', $e->getMessage());
                }
            }
            $this->assertTrue($handle->isOpen());
            $bare = (new ReflectionClass($handle))->newInstanceWithoutConstructor();
            $bare->close();
            try {
                (new ReflectionMethod($bare, 'pointer'))->invoke($bare);
                $this->fail();
            } catch (ReflectionException | ClosedException) {
                $this->assertFalse($bare->isOpen());
            }
            $this->assertStringNotContainsString('CData', print_r($handle, true));
        }
    }

    public function testWrongTypesAreRefused(): void
    {
        $h = self::handles();
        $wrong = [
            static fn () => $h['breaker']->report('7', Outcome::Ok),
            static fn () => $h['breaker']->report(7, 0),
            static fn () => $h['breaker']->report(null, Outcome::Ok),
            static fn () => $h['limiter']->attempt(1.5),
            static fn () => $h['limiter']->attempt(1, 2),
            static fn () => $h['leases']->take(0, 1),
            static fn () => $h['masker']->mask(null),
            static fn () => $h['masker']->mask([]),
            static fn () => $h['masker']->mask('x', 0),
            static fn () => $h['client']->requestText([]),
            static fn () => Breaker::open(new stdClass(), 's', 't'),
            static fn () => Space::open(null),
            static fn () => Webhook::verify('{}', 'v=1', 5),
        ];
        foreach ($wrong as $i => $call) {
            try {
                $call();
                $this->fail("number $i was taken");
            } catch (TypeError $e) {
                $this->assertNotSame('', $e->getMessage());
            }
        }
    }

    public function testWrongValuesAreRefused(): void
    {
        $h = self::handles();
        $options = static fn (array $o) => static fn () => $h['space']->breaker('s', 't', '', $o);
        $wrong = [
            static fn () => Space::open(''),
            static fn () => Space::open('../evil'),
            static fn () => Space::open(str_repeat('x', 65)),
            static fn () => Space::open('x', ['keys' => 1]),
            static fn () => Space::open('x', ['directory' => 7]),
            static fn () => $h['space']->breaker('', 't'),
            static fn () => $h['space']->breaker('s', ''),
            static fn () => $h['space']->limiter('s', 't', '', ['rate' => -1.0]),
            static fn () => $h['space']->limiter('s', 't', '', ['rate' => NAN]),
            static fn () => $h['space']->limiter('s', 't', '', ['burst' => 1.5]),
            $options(['minimum_calls' => '20']),
            $options(['minimum_calls' => -1]),
            $options(['minimum_calls' => 0x1_0000_0000]),
            $options(['connect_failures' => 0x8000_0000]),
            $options(['struct_size' => 4]),
            $options(['flags' => 4]),
            $options(['shadow' => 1]),
            $options([5]),
            static fn () => $h['limiter']->attempt(-1),
            static fn () => $h['limiter']->attempt(0x1_0000_0001),
            static fn () => $h['limiter']->refund(-1),
            static fn () => $h['leases']->configure(257),
            static fn () => $h['leases']->configure(-1),
            static fn () => $h['leases']->take(Direction::Outbound, -1),
            static fn () => $h['leases']->take(Direction::Inbound, 0),
            static fn () => $h['leases']->take(Direction::Outbound, 36 * 3600 * 1000 + 1),
            static fn () => $h['leases']->take(Direction::Outbound, PHP_INT_MIN),
            static fn () => $h['masker']->registerSecret('short'),
            static fn () => Masker::open('{'),
            static fn () => Masker::open(['no such rule' => 1]),
            static fn () => Webhook::verify('{}', 'v=1', [5]),
            static fn () => Client::open(['stroe' => 'x']),
            static fn () => Client::open('{'),
            static fn () => Client::open(['store' => 5]),
            static fn () => Client::open(['a', 'b']),
            static fn () => $h['client']->request('no-such'),
            static fn () => $h['client']->request(''),
            static fn () => $h['client']->request('pull', ['dir' => "\xff"]),
            static fn () => $h['client']->request('pull', ['op' => 'drift', 'dir' => 'x']),
            static fn () => $h['client']->request('pull', '[]'),
            static fn () => $h['client']->request('pull', ['dir' => 5]),
            static fn () => $h['client']->request('pull', ['dir' => 'x', 'dryrun' => true]),
            static fn () => $h['client']->requestText('nonsense'),
            static fn () => $h['client']->requestText(''),
            static fn () => $h['client']->call('get-agnet'),
        ];
        foreach ($wrong as $i => $call) {
            try {
                $call();
                $this->fail("number $i was taken");
            } catch (InvalidInput $e) {
                $this->assertLessThan(0, $e->status(), "number $i");
            }
        }
    }

    public function testForgedPermitsAndLeasesChangeNothing(): void
    {
        $h = self::handles();
        $permit = $h['breaker']->allow();
        foreach ([0, 1, -1, PHP_INT_MIN, PHP_INT_MAX, $permit ^ 1, $permit + 1] as $forged) $h['breaker']->report($forged, Outcome::Sick);
        $this->assertSame(0, $h['breaker']->look()['failures']);
        $h['breaker']->report($permit, Outcome::Ok, PHP_INT_MIN);
        $this->assertSame([1, 0], [$h['breaker']->look()['calls'], $h['breaker']->look()['failures']]);
        $this->assertIsInt($h['breaker']->allowAt(PHP_INT_MIN));
        $this->assertIsInt($h['limiter']->attemptAt(PHP_INT_MIN, 1, Priority::LiveCall));
    }

    public function testClosingWhileARequestRuns(): void
    {
        $folder = Folder::make();
        $client = Client::open((new Simulator())->options($folder));
        try {
            $client->request('pull', ['dir' => "$folder/account"], static fn () => $client->close());
            $this->fail('it was closed');
        } catch (ClosedException $e) {
            $this->assertFalse($client->isOpen());
        }
        $client->close();
    }

    public function testClosingFromASignalHandlerWhileWaiting(): void
    {
        $client = Client::open();
        $before = pcntl_async_signals(true);
        pcntl_signal(SIGALRM, static fn () => $client->close());
        pcntl_alarm(1);
        try {
            $client->next(20_000);
            $this->fail('it was closed');
        } catch (ClosedException $e) {
            $this->assertSame('this client is closed', $e->getMessage());
        } finally {
            pcntl_signal(SIGALRM, SIG_DFL);
            pcntl_async_signals($before);
        }
    }

    public function testAnyCallInAnyOrderLeavesTheProcessAlive(): void
    {
        foreach ([1, 2, 3, (int) (getenv('TRUNKLINE_SEED') ?: 4)] as $seed) {
            $p = proc_open([PHP_BINARY, __DIR__ . '/app/misuse.php', (string) $seed, '5000'], [1 => ['pipe', 'w'], 2 => ['pipe', 'w']], $pipes);
            $said = stream_get_contents($pipes[1]) . stream_get_contents($pipes[2]);
            $this->assertSame(0, proc_close($p), "seed $seed: $said");
            $counts = json_decode($said, true, 4, JSON_THROW_ON_ERROR);
            $this->assertGreaterThan(500, $counts['came back']);
            $this->assertGreaterThan(500, $counts['refused']);
        }
    }

    /** php.ini is often one for all: what preloads for workers must not end the command line. */
    public function testPreloadingUnderTheCommandLine(): void
    {
        if (!extension_loaded('Zend OPcache')) $this->markTestSkipped('opcache is not installed');
        $script = Folder::make() . '/hello.php';
        file_put_contents($script, '<?php echo class_exists("Trunkline\\Breaker", false) ? "preloaded" : "not there";');
        $ini = ['opcache.enable=1', 'opcache.enable_cli=1', 'opcache.preload=' . realpath(__DIR__ . '/../../../bindings/php/preload.php'),
            'ffi.enable=preload', 'display_errors=stderr'];
        if (posix_geteuid() === 0) $ini[] = 'opcache.preload_user=root';
        $command = escapeshellarg(PHP_BINARY);
        foreach ($ini as $line) $command .= ' -d ' . escapeshellarg($line);
        exec($command . ' ' . escapeshellarg($script) . ' 2>&1', $said, $code);
        $this->assertSame([['preloaded'], 0], [$said, $code]);
    }

    public function testOnlyAnAbsolutePathNamesTheLibrary(): void
    {
        $command = escapeshellarg(PHP_BINARY) . ' -r ' . escapeshellarg('require getenv("AUTOLOAD"); try { Trunkline\Space::open("x"); }'
            . ' catch (Trunkline\Exception\TrunklineException $e) { echo get_class($e), " ", $e->statusName(), " ", $e->getMessage(); }');
        foreach (['libtrunkline.so' => 'absolute', '/nowhere/lib.so' => '/nowhere/lib.so'] as $path => $says) {
            $p = proc_open($command, [1 => ['pipe', 'w'], 2 => ['pipe', 'w']], $pipes, null,
                ['TRUNKLINE_LIBRARY' => $path, 'AUTOLOAD' => dirname(__DIR__, 3) . '/bindings/php/autoload.php'] + getenv());
            $said = stream_get_contents($pipes[1]) . stream_get_contents($pipes[2]);
            proc_close($p);
            $this->assertStringStartsWith(LibraryNotFound::class . ' library_not_found ', $said);
            $this->assertStringContainsString($says, $said);
        }
    }
}
