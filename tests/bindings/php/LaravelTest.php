<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Support\Folder;
use Support\Fpm;
use Support\Processes;
use Support\Simulator;
use Trunkline\Webhook;

/** The application of examples/laravel, by artisan and under php-fpm, against the simulator. */
final class LaravelTest extends TestCase
{
    private const APP = __DIR__ . '/../../../examples/laravel';
    private const SECRET = 'hunter2-Tr0ub4dor';

    private static Simulator $simulator;
    private string $folder;
    private string $space;
    /** @var array<string, string> */
    private array $env;
    private ?Fpm $fpm = null;

    public static function setUpBeforeClass(): void
    {
        self::$simulator = new Simulator();
    }

    public static function tearDownAfterClass(): void
    {
        self::$simulator->stop();
    }

    protected function setUp(): void
    {
        if (!is_file('/usr/share/php/Illuminate/autoload.php')) $this->markTestSkipped('php-laravel-framework is not installed; ./dev test installs it');
        $this->folder = Folder::make();
        $this->space = 'php-test-' . getmypid();
        $this->env = ['TRUNKLINE_SPACE' => $this->space, 'APP_STORAGE' => "$this->folder/storage", 'TRUNKLINE_FOLDER' => "$this->folder/account", 'TRUNKLINE_SPACE_DIRECTORY' => $this->folder,
            'RETELL_BASE_URL' => self::$simulator->url, 'RETELL_API_KEY' => Simulator::KEY, 'TRUNKLINE_KEY_FILE' => "$this->folder/key"];
    }

    protected function tearDown(): void
    {
        $this->fpm?->stop();
        // A client's segment is where all of the host are.
        foreach (glob("/dev/shm/trunkline-*-$this->space.*") as $file) unlink($file);
    }

    /** @return array{int, string, string} exit code, standard output, standard error */
    private function artisan(string $input, string ...$arguments): array
    {
        $p = proc_open([PHP_BINARY, self::APP . '/artisan', ...$arguments], [['pipe', 'r'], ['pipe', 'w'], ['pipe', 'w']], $pipes, null, $this->env + getenv());
        fwrite($pipes[0], $input);
        fclose($pipes[0]);
        $out = stream_get_contents($pipes[1]);
        $error = stream_get_contents($pipes[2]);
        return [proc_close($p), $out, $error];
    }

    public function testTheCommandsOfAnAccount(): void
    {
        [$code, , $error] = $this->artisan('', 'trunkline:plan');
        $this->assertSame(1, $code);
        $this->assertStringContainsString('no store', $error);
        [$code, $out, $error] = $this->artisan('', 'trunkline:pull');
        $this->assertSame([0, ''], [$code, $error]);
        $this->assertMatchesRegularExpression('/^\d+ agents, /', $out);
        $this->assertSame([0, "nothing to do\n", ''], $this->artisan('', 'trunkline:plan'));
        file_put_contents(glob("$this->folder/account/llms/*.prompt.md")[0], "One line more.\n", FILE_APPEND);
        [$code, $out] = $this->artisan('', 'trunkline:plan', "--out=$this->folder/plan.json", '--json', '--title=by artisan');
        $this->assertSame([2, false], [$code, json_decode($out)->empty]);
        $this->assertSame('0600', substr(sprintf('%o', fileperms("$this->folder/plan.json")), -4));
        [$code, , $error] = $this->artisan('', 'trunkline:apply', "--plan=$this->folder/plan.json");
        $this->assertSame(64, $code, 'without a terminal it asks for --yes');
        $this->assertStringContainsString('--yes', $error);
        [$code, $out] = $this->artisan('', 'trunkline:apply', "--plan=$this->folder/plan.json", '--yes');
        $this->assertSame(0, $code);
        $this->assertStringStartsWith('r1: done', $out);
        [$code, , $error] = $this->artisan('', 'trunkline:apply', "--plan=$this->folder/plan.json", '--yes');
        $this->assertNotSame(0, $code, 'the same plan does not fit twice');
        [$code, $out] = $this->artisan('', 'trunkline:rollback', 'r1', '--yes', '--json');
        $this->assertSame([0, 'r1'], [$code, json_decode($out)->reverts]);
        [$code, $out] = $this->artisan('', 'trunkline:drift', '--json');
        $this->assertSame(json_decode($out)->findings === [] ? 0 : 2, $code);
        [$code, $out] = $this->artisan('', 'trunkline:rollback', 'seven', '--yes', '--json');
        $this->assertSame([64, 'invalid_argument'], [$code, json_decode($out)->error->code]);
    }

    public function testMaskTestReadsStandardInput(): void
    {
        $this->assertSame([0, 'password=[PASSWORD] <info>kept</info>', ''], $this->artisan('password=' . self::SECRET . ' <info>kept</info>', 'trunkline:mask-test'));
        $this->assertSame(64, $this->artisan('x', 'trunkline:mask-test', '--zone=moon')[0]);
        $this->assertSame('{"text":"x","changed":false}', trim($this->artisan('x', 'trunkline:mask-test', '--json')[1]));
    }

    private function http(string $method, string $path, string $body = '', array $headers = []): array
    {
        $params = ['REQUEST_METHOD' => $method, 'REQUEST_URI' => $path, 'QUERY_STRING' => '', 'SCRIPT_NAME' => '/index.php', 'HTTP_ACCEPT' => 'application/json',
            'CONTENT_TYPE' => 'application/json', 'HTTP_HOST' => 'localhost', 'SERVER_PORT' => '80'];
        foreach ($headers as $name => $value) $params['HTTP_' . strtr(strtoupper($name), '-', '_')] = $value;
        $c = $this->fpm->connect();
        return $c->ask(realpath(self::APP . '/public/index.php'), $params, $body) ?? $this->fail('the worker died: ' . $this->fpm->said());
    }

    public function testAWebhookPassesOnlyIfItIsSigned(): void
    {
        $this->fpm = new Fpm(2, ['ffi.enable' => 'true'], $this->env);
        $body = '{"event":"call_ended","call":{"call_id":"call_1","password":"' . self::SECRET . '","opening":{}}}';
        $sign = static fn (string $key): array => [Webhook::HEADER => Webhook::sign($body, $key)];
        [$status, , $answer] = $this->http('POST', '/webhook', $body, $sign(Simulator::KEY));
        $this->assertSame([200, '{"taken":"call_ended"}'], [$status, $answer]);
        foreach ([[], [Webhook::HEADER => ''], [Webhook::HEADER => 'v=1,d=2'], $sign('another key of eight')] as $headers)
            $this->assertSame([401, '{"error":"invalid signature"}'], array_values(array_diff_key($this->http('POST', '/webhook', $body, $headers), [1 => 0])));
        $this->assertSame(401, $this->http('POST', '/webhook', $body . ' ', $sign(Simulator::KEY))[0]);
        $log = file_get_contents("$this->folder/storage/logs/laravel.log");
        $this->assertSame(1, substr_count($log, 'webhook taken {"event":"call_ended"'));
        $this->assertStringNotContainsString(self::SECRET, $log);
    }

    public function testWithoutAKeyNothingPasses(): void
    {
        $this->fpm = new Fpm(1, ['ffi.enable' => 'true'], ['RETELL_API_KEY' => ''] + $this->env);
        [$status, , $body] = $this->http('POST', '/webhook', '{}', [Webhook::HEADER => Webhook::sign('{}', Simulator::KEY)]);
        $this->assertSame([503, '{"error":"no webhook key is configured"}'], [$status, $body]);
    }

    public function testALimitCountsOverAllWorkers(): void
    {
        $this->fpm = new Fpm(4, ['ffi.enable' => 'true'], $this->env);
        $answers = Processes::together(4, fn (): array => array_map(fn () => $this->http('GET', '/call'), range(1, 4)));
        $statuses = array_count_values(array_column(array_merge(...$answers), 0));
        $this->assertGreaterThanOrEqual(3, $statuses[200]);
        $this->assertGreaterThan(0, $statuses[429] ?? 0);
        $this->assertCount(2, $statuses);
        foreach (array_merge(...$answers) as [$status, $head, $body]) {
            if ($status === 429) $this->assertMatchesRegularExpression('/^Retry-After: 1\r?$/m', $head);
            else $this->assertGreaterThan(0, json_decode($body)->voices);
        }
    }
}
