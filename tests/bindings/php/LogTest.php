<?php

declare(strict_types=1);

use Monolog\Formatter\FormatterInterface;
use Monolog\Formatter\HtmlFormatter;
use Monolog\Formatter\JsonFormatter;
use Monolog\Formatter\LineFormatter;
use Monolog\Formatter\NormalizerFormatter;
use Monolog\Handler\TestHandler;
use Monolog\Logger;
use Monolog\Processor\PsrLogMessageProcessor;
use PHPUnit\Framework\TestCase;
use Psr\Log\AbstractLogger;
use Trunkline\Log\MaskingFormatter;
use Trunkline\Log\MaskingLogger;
use Trunkline\Masker;
use Trunkline\Zone;

if (is_file('/usr/share/php/Monolog/autoload.php')) require_once '/usr/share/php/Monolog/autoload.php';

/** Scenarios 19 and 20 of the masker, in PHP. */
final class LogTest extends TestCase
{
    private const SECRET = 'hunter2-Tr0ub4dor';

    private static function line(array $records): string
    {
        return implode('', array_map(static fn (array $r): string => is_string($r['formatted']) ? $r['formatted'] : json_encode($r['formatted']), $records));
    }

    /** What a logger with this formatter writes. */
    private static function written(FormatterInterface $inner, callable $log, ?Masker $masker = null): string
    {
        $handler = new TestHandler();
        $handler->setFormatter(new MaskingFormatter($inner, $masker ?? Masker::open()));
        $handler->pushProcessor(new PsrLogMessageProcessor());
        $log(new Logger('app', [$handler]));
        return self::line($handler->getRecords());
    }

    /** @return array<string, array{FormatterInterface}> */
    public static function formatters(): array
    {
        $line = new LineFormatter(null, null, true);
        $line->includeStacktraces();
        return ['line' => [$line], 'one line' => [new LineFormatter()], 'json' => [new JsonFormatter()], 'html' => [new HtmlFormatter()],
            'normalizer' => [new NormalizerFormatter()]];
    }

    /** @dataProvider formatters */
    public function testWhatIsOnlySeenAfterFormattingIsMasked(FormatterInterface $inner): void
    {
        $object = new class(self::SECRET) {
            public function __construct(private string $secret)
            {
            }

            public function __toString(): string
            {
                return 'user with password=' . $this->secret;
            }
        };
        $json = new class(self::SECRET) implements JsonSerializable {
            public function __construct(public string $hidden)
            {
            }

            public function jsonSerialize(): array
            {
                return ['api_key' => $this->hidden];
            }
        };
        $failed = static function (string $password): never {
            throw new RuntimeException("login refused, password=$password", 7, new LogicException('token: ' . self::SECRET));
        };
        $cases = [
            'interpolated' => static fn (Logger $l) => $l->info('signed in with {password}', ['password' => self::SECRET]),
            'interpolated object' => static fn (Logger $l) => $l->info('signed in as {who}', ['who' => $object]),
            'interpolated under a sensitive key' => static fn (Logger $l) => $l->info('with {password}', ['password' => new class(self::SECRET) {
                public function __construct(private string $s)
                {
                }

                public function __toString(): string
                {
                    return $this->s;
                }
            }]),
            'traceback' => static function (Logger $l) use ($failed): void {
                try {
                    $failed(self::SECRET);
                } catch (RuntimeException $e) {
                    $l->error('login failed', ['exception' => $e]);
                }
            },
            'extra' => static function (Logger $l): void {
                $l->pushProcessor(static function ($record) {
                    $record['extra']['authorization'] = 'Bearer ' . LogTest::secret();
                    return $record;
                });
                $l->info('a request');
            },
            'extra, and in the message' => static function (Logger $l): void {
                $l->pushProcessor(static function ($record) {
                    $record['extra']['api_key'] = LogTest::secret();
                    return $record;
                });
                $l->info('a request with ' . self::SECRET);
            },
            'object' => static fn (Logger $l) => $l->info('who', ['user' => $object]),
            'json object' => static fn (Logger $l) => $l->info('what', ['settings' => $json]),
            'array under a sensitive key' => static fn (Logger $l) => $l->info('tokens ' . self::SECRET, ['password' => ['old' => 'aaaaaaaa', 'new' => [self::SECRET]]]),
            'deep' => static fn (Logger $l) => $l->info('deep ' . self::SECRET, ['a' => ['b' => ['c' => ['password' => self::SECRET]]]]),
            'a number' => static fn (Logger $l) => $l->info('item 483920 of 9483920', ['pin' => 483920, 'ids' => [483920]]),
            'odd characters' => static fn (Logger $l) => $l->info('it is ä"/\'<' . self::SECRET, ['password' => 'ä"/\'<' . self::SECRET]),
        ];
        foreach ($cases as $name => $log) {
            $written = self::written($inner, $log);
            $this->assertStringNotContainsString(self::SECRET, $written, $name);
            $this->assertStringNotContainsString(' 483920 ', $written, $name);
            if ($name === 'a number') $this->assertStringContainsString('9483920', $written);
            $this->assertStringNotContainsString(Masker::MARKER, $written, $name);
        }
    }

    public static function secret(): string
    {
        return self::SECRET;
    }

    /** @dataProvider formatters */
    public function testWhatHoldsNoSecretIsAsTheInnerFormatterWroteIt(FormatterInterface $inner): void
    {
        $log = static fn (Logger $l) => $l->warning('call {call} took {ms} ms', ['call' => 'call_0123', 'ms' => 1200, 'list' => [1, 2.5, null, true]]);
        $handler = new TestHandler();
        $handler->setFormatter($inner);
        $handler->pushProcessor(new PsrLogMessageProcessor());
        $log(new Logger('app', [$handler]));
        $time = '/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?/';
        $this->assertSame(preg_replace($time, '', self::line($handler->getRecords())), preg_replace($time, '', self::written($inner, $log)));
    }

    public function testJsonLinesStayJson(): void
    {
        $line = self::written(new JsonFormatter(), static fn (Logger $l) => $l->info('x', ['password' => self::SECRET, 'n' => 5, 'pin' => 483920,
            'ids' => [1, 483920, 5], 'last' => 483920]));
        $context = json_decode($line, false, 16, JSON_THROW_ON_ERROR)->context;
        $this->assertSame([5, 1, 5], [$context->n, $context->ids[0], $context->ids[2]]);
        $this->assertStringNotContainsString('483920', $line);
    }

    public function testAFailingMaskerLogsTheMarkerAndDoesNotThrow(): void
    {
        $closed = Masker::open();
        $closed->close();
        $small = Masker::open(['max_input' => 64]);
        $log = static fn (Logger $l) => $l->error('password=' . self::SECRET . str_repeat(' x', 100), ['password' => self::SECRET]);
        foreach ([$closed, $small] as $masker) {
            $written = self::written(new LineFormatter(), $log, $masker);
            $this->assertMatchesRegularExpression('/^\[MASKER_\w+\]( ERROR)?$/', trim($written));
        }
        $this->assertSame("[MASKER_ERROR] ERROR\n", self::written(new LineFormatter(), $log, $closed));
    }

    public function testAFailingFormatterOrObjectLogsTheMarkerAndDoesNotThrow(): void
    {
        $broken = new class implements FormatterInterface {
            public function format($record)
            {
                throw new RuntimeException('password=' . LogTest::secret());
            }

            public function formatBatch(array $records)
            {
                return new stdClass();
            }
        };
        $log = static fn (Logger $l) => $l->critical('x', ['password' => self::SECRET]);
        $this->assertSame("[MASKER_ERROR] CRITICAL\n", self::written($broken, $log));
        $formatter = new MaskingFormatter($broken, Masker::open());
        $this->assertSame("[MASKER_ERROR] INFO\n[MASKER_ERROR]\n", $formatter->formatBatch([['level_name' => 'INFO'], ['level_name' => self::SECRET]]));
        $throws = new class {
            public function __toString(): string
            {
                throw new RuntimeException('password=' . LogTest::secret());
            }
        };
        $written = self::written(new LineFormatter(), static fn (Logger $l) => $l->info('hello', ['who' => $throws]));
        $this->assertStringNotContainsString(self::SECRET, $written);
        $this->assertNotSame('', $written);
    }

    public function testBatchesAreMaskedToo(): void
    {
        $formatter = new MaskingFormatter(new LineFormatter(), Masker::open());
        $record = ['message' => 'it is ' . self::SECRET, 'context' => ['password' => self::SECRET], 'level' => 200, 'level_name' => 'INFO',
            'channel' => 'app', 'datetime' => new DateTimeImmutable(), 'extra' => []];
        $text = $formatter->formatBatch([$record, ['message' => 'next', 'context' => []] + $record]);
        $this->assertStringNotContainsString(self::SECRET, $text);
        $this->assertSame(2, substr_count($text, "\n"));
    }

    /** Monolog 3 is not in Debian: its interface and its record, as far as a formatter sees them. */
    public function testRecordsOfMonolog3(): void
    {
        $run = [PHP_BINARY, __DIR__ . '/app/monolog3.php', self::SECRET];
        $p = proc_open($run, [1 => ['pipe', 'w'], 2 => ['pipe', 'w']], $pipes);
        $said = stream_get_contents($pipes[1]) . stream_get_contents($pipes[2]);
        proc_close($p);
        $this->assertSame("INFO it is [PASSWORD] {\"password\":\"[PASSWORD]\"}\n[MASKER_ERROR] INFO\n", $said);
    }

    public function testTheBridgeHandsOnMaskedMessagesAndContexts(): void
    {
        $inner = new class extends AbstractLogger {
            public array $got = [];

            public function log($level, $message, array $context = []): void
            {
                $this->got[] = [$level, $message, $context];
            }
        };
        $masker = Masker::open();
        $logger = new MaskingLogger($inner, $masker);
        $logger->warning('with {password} and {n} {flag}', ['password' => self::SECRET, 'n' => 5, 'flag' => true]);
        $logger->error(new class {
            public function __toString(): string
            {
                return 'password=' . LogTest::secret();
            }
        }, ['exception' => new RuntimeException('token=' . self::SECRET), 'list' => [['secret' => [self::SECRET]]]]);
        $this->assertSame(['warning', 'with [PASSWORD] and 5 true', ['password' => '[PASSWORD]', 'n' => 5, 'flag' => true]], $inner->got[0]);
        $this->assertStringNotContainsString(self::SECRET, serialize($inner->got));
        $this->assertStringContainsString('RuntimeException', $inner->got[1][2]['exception']);
        $masker->close();
        $logger->info('password=' . self::SECRET, ['x' => 1]);
        $this->assertSame(['info', Masker::MARKER, []], end($inner->got));
    }

    public function testRecordsByTheThousandAddUp(): void
    {
        $masker = Masker::open();
        $handler = new TestHandler();
        $handler->setFormatter(new MaskingFormatter(new LineFormatter("%message%\n"), $masker, Zone::Log));
        $logger = new Logger('app', [$handler]);
        for ($i = 0; $i < 5000; ++$i) $logger->info("n$i password=" . self::SECRET);
        $this->assertSame(['found' => 5000, 'failed' => 0], $masker->totals());
        $this->assertStringNotContainsString(self::SECRET, self::line($handler->getRecords()));
    }
}
