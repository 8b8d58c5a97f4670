<?php
// What the tests ask of a worker. It uses nothing of FFI itself, so that it also runs where only preloaded code may.

declare(strict_types=1);

use Trunkline\Masker;
use Trunkline\Outcome;
use Trunkline\Space;

require_once __DIR__ . '/../../../../bindings/php/autoload.php';

$begin = hrtime(true);
$space = Space::open('fpm', ['directory' => $_SERVER['SEGMENT']]);
$limiter = $space->limiter('retell', 't1', 'storm', ['rate' => 0.001, 'floor' => 0.001, 'burst' => 2000, 'fixed' => true, 'no_reserves' => true]);
$breaker = $space->breaker('retell', 't1', 'storm', ['minimum_calls' => 10, 'failure_permille' => 500, 'open_base_ms' => 50,
    'open_cap_ms' => 50, 'probes' => 1, 'successes' => 1, 'probe_lease_ms' => 300, 'no_jitter' => true, 'no_slow_start' => true]);
$attached = hrtime(true) - $begin;

/** Lines of the map of this process, and its resident pages. */
function memory(): array
{
    return ['maps' => substr_count(file_get_contents('/proc/self/maps'), "\n"), 'rss' => (int) explode(' ', file_get_contents('/proc/self/statm'))[1],
        'fds' => count(scandir('/proc/self/fd'))];
}

$out = ['pid' => getmypid(), 'shared' => $space->isShared(), 'attach_ns' => $attached];
switch ($_SERVER['QUERY_STRING']) {
    case 'take':
        $out['granted'] = 0;
        for ($i = 0; $i < 20; ++$i) if ($limiter->attempt() >= 0) ++$out['granted'];
        if (($permit = $breaker->allow()) !== 0) $breaker->report($permit, Outcome::Ok, 1000);
        break;
    case 'look':
        $out += ['credit' => $limiter->look()['credit'], 'breaker' => $breaker->look()];
        break;
    case 'sick':
        if (($permit = $breaker->allow()) !== 0) $breaker->report($permit, Outcome::Sick, 1000);
        $out['permit'] = $permit;
        break;
    case 'ok':
        if (($permit = $breaker->allow()) !== 0) $breaker->report($permit, Outcome::Ok, 1000);
        $out['permit'] = $permit;
        break;
    case 'hold':    // dies with the permit in hand
        $out['permit'] = $breaker->allow();
        if ($out['permit'] === 0) break;
        posix_kill(getmypid(), 9);
        break;
    case 'mask':
        $masker = Masker::open();
        $out['masked'] = $masker->mask('password=hunter2hunter2');
        $stream = $masker->stream();
        $stream->feed('password=hun');
        break;
    case 'cache':
        require_once '/usr/share/php/Psr/SimpleCache/autoload.php';
        $cache = Trunkline\Cache::open('t1');
        $cache->set('seen', $out['seen'] = $cache->get('seen', 0) + 1);
        break;
    case 'memory':
        $out += memory();
        break;
    case 'fatal':
        $masker = Masker::open();
        ini_set('memory_limit', '8M');
        str_repeat('x', 64 << 20);
        break;
    case 'ffi':
        try {
            FFI::cdef('int getpid(void);');
            $out['ffi'] = 'allowed';
        } catch (FFI\Exception $e) {
            $out['ffi'] = $e->getMessage();
        }
        break;
}
echo json_encode($out);
