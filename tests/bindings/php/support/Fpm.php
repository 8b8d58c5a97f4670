<?php

declare(strict_types=1);

namespace Support;

/** A php-fpm of a test's own with a fixed number of workers, on a Unix socket in a scratch folder. */
final class Fpm
{
    public readonly string $socket;
    /** @var resource */
    private $process;
    private readonly string $folder;

    /**
     * @param array<string, string> $ini what php.ini would say
     * @param array<string, string> $env of the workers
     */
    public function __construct(int $workers, array $ini, array $env = [])
    {
        $this->folder = Folder::make();
        $this->socket = "$this->folder/fpm.sock";
        $pool = "[global]\nerror_log = $this->folder/log\ndaemonize = no\n[www]\nlisten = $this->socket\npm = static\n"
            . "pm.max_children = $workers\nclear_env = no\ncatch_workers_output = no\n";
        if (posix_geteuid() === 0) $pool .= "user = root\ngroup = root\n";
        file_put_contents("$this->folder/fpm.conf", $pool);
        $command = [self::program(), '--nodaemonize', '--fpm-config', "$this->folder/fpm.conf"];
        if (posix_geteuid() === 0) $command[] = '--allow-to-run-as-root';
        foreach ($ini + ['opcache.enable' => '1', 'display_errors' => '0', 'log_errors' => '0'] as $name => $value) array_push($command, '-d', "$name=$value");
        $this->process = proc_open($command, [['file', '/dev/null', 'r'], ['file', "$this->folder/out", 'w'], ['file', "$this->folder/out", 'a']],
            $pipes, null, $env + getenv());
        $owner = getmypid();
        register_shutdown_function(function () use ($owner): void {
            if (getmypid() === $owner) $this->stop();
        });
        $end = hrtime(true) + 10_000_000_000;
        while (@stream_socket_client("unix://$this->socket") === false) {
            if (hrtime(true) > $end || !proc_get_status($this->process)['running']) throw new \RuntimeException('php-fpm does not start: ' . $this->said());
            usleep(2000);
        }
    }

    public static function program(): ?string
    {
        foreach (explode(':', getenv('PATH') . ':/usr/sbin:/usr/local/sbin') as $folder)
            foreach (['php-fpm' . PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION, 'php-fpm'] as $name)
                if (is_executable("$folder/$name")) return "$folder/$name";
        return null;
    }

    public function said(): string
    {
        return @file_get_contents("$this->folder/out") . @file_get_contents("$this->folder/log");
    }

    public function connect(): FastCgi
    {
        return new FastCgi($this->socket, ['SEGMENT' => Shared::folder()]);
    }

    public function stop(): void
    {
        if (!is_resource($this->process)) return;
        proc_terminate($this->process, SIGTERM);
        proc_close($this->process);
    }
}
