<?php

declare(strict_types=1);

namespace Support;

/** The simulator on a free port of loopback; it ends with the process that started it. */
final class Simulator
{
    public const KEY = 'key_php_binding';

    /** @var resource */
    private $process;
    public readonly string $url;

    public function __construct()
    {
        $bin = getenv('TRUNKLINE_BIN') ?: dirname(__DIR__, 4) . '/build/dev/bin';
        $command = ["$bin/retell-simulator", '--listen', '127.0.0.1:0', '--account', 'demo', '--latency', '0'];
        $this->process = proc_open($command, [['file', '/dev/null', 'r'], ['pipe', 'w'], ['file', '/dev/null', 'w']], $pipes, null,
            ['RETELL_SIMULATOR_KEY' => self::KEY] + getenv());
        preg_match('~http://\S+~', (string) fgets($pipes[1]), $m) || throw new \RuntimeException('the simulator did not start');
        $this->url = $m[0];
        $owner = getmypid();
        register_shutdown_function(function () use ($owner): void {
            if (getmypid() === $owner) $this->stop();
        });
    }

    public function stop(): void
    {
        if (!is_resource($this->process)) return;
        proc_terminate($this->process);
        proc_close($this->process);
    }

    /** Options of a client of an account in this folder. */
    public function options(string $folder): array
    {
        return ['store' => "sqlite://$folder/store.db", 'key_file' => "$folder/key", 'base_url' => $this->url, 'api_key' => self::KEY,
            'actor' => 'php', 'concurrency' => 16];
    }
}
