<?php

declare(strict_types=1);

namespace Support;

/** Children that report a line each. A child never returns into PHPUnit: it ends by a signal, without its parent's shutdown. */
final class Processes
{
    /**
     * Runs `$work(int $number)` in `$count` children that begin together; gives what each of them returned.
     *
     * @return list<mixed> null for one that died
     */
    public static function together(int $count, callable $work): array
    {
        [$gate, $opener] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        $children = [];
        for ($i = 0; $i < $count; ++$i) {
            [$mine, $theirs] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
            $pid = pcntl_fork();
            if ($pid === 0) {
                fclose($mine);
                fclose($opener);
                pcntl_alarm(120);
                fread($gate, 1);    // ends when the parent has closed its side
                try {
                    $result = $work($i);
                } catch (\Throwable $e) {
                    $result = get_class($e) . ': ' . $e->getMessage();
                }
                fwrite($theirs, serialize($result));
                posix_kill(posix_getpid(), SIGKILL);
            }
            fclose($theirs);
            $children[$pid] = $mine;
        }
        fclose($gate);
        fclose($opener);
        $results = [];
        foreach ($children as $pid => $pipe) {
            $text = stream_get_contents($pipe);
            pcntl_waitpid($pid, $status);
            $results[] = $text === '' ? null : unserialize($text);
        }
        return $results;
    }

    public static function one(callable $work): mixed
    {
        return self::together(1, $work)[0];
    }
}
