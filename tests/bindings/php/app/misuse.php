<?php
// Calls whatever there is, with whatever arguments, in any order, from a seed. It ends well, or the process has died.
//
//     php misuse.php SEED CALLS

declare(strict_types=1);

require __DIR__ . '/../bootstrap.php';
if (is_file('/usr/share/php/Psr/SimpleCache/autoload.php')) require '/usr/share/php/Psr/SimpleCache/autoload.php';

mt_srand((int) $argv[1]);
ini_set('memory_limit', '512M');

function pick(array $of): mixed
{
    return $of[mt_rand(0, count($of) - 1)];
}

function anything(): mixed
{
    return match (mt_rand(0, 9)) {
        0 => null, 1 => pick([true, false]), 2 => pick([0, 1, -1, 7, 256, 0x100000001, PHP_INT_MAX, PHP_INT_MIN, mt_rand()]),
        3 => pick([0.0, -1.5, NAN, INF, 1e300]), 4 => pick(['', 'x', "a\0b", "\xff\xfe", 'password=hunter2hunter2', str_repeat('y', 5000), '{"op":"version"}']),
        5 => pick([[], [1, 2], ['shadow' => true], ['rate' => NAN], ['minimum_calls' => 4], ['op' => 'version'], ['a' => new stdClass()]]),
        6 => new stdClass(), 7 => pick(Trunkline\Outcome::cases()), 8 => static fn () => null, 9 => pick(Trunkline\Zone::cases()),
    };
}

/** What fits, four times out of five. */
function argument(ReflectionParameter $p, array $things): mixed
{
    $type = ltrim((string) $p->getType(), '?');
    if (mt_rand(0, 4) === 0) return anything();
    foreach ($things as $thing) if (is_object($thing) && get_class($thing) === $type && mt_rand(0, 1)) return $thing;
    return match (true) {
        enum_exists($type) => pick($type::cases()),
        $type === 'int' => pick([0, 1, 2, 1000, 60_000, -1]),
        $type === 'float' => pick([0.5, 10.0, -1.0]),
        $type === 'string' => pick(['retell', 't1', 'version', '{}', 'password=hunter2hunter2', 'call_1']),
        $type === 'array' => [],
        default => $p->isDefaultValueAvailable() ? $p->getDefaultValue() : anything(),
    };
}

$make = [
    static fn (array $t) => Trunkline\Space::open('misuse', ['private' => true]),
    static fn (array $t) => pick($t['Space'])->breaker(pick(['a', 'b']), pick(['t', 'u'])),
    static fn (array $t) => pick($t['Space'])->limiter('a', pick(['t', 'u'])),
    static fn (array $t) => pick($t['Space'])->leases('a', 't'),
    static fn (array $t) => Trunkline\Masker::open(),
    static fn (array $t) => pick($t['Masker'])->stream(),
    static fn (array $t) => Trunkline\Client::open(['threads' => 0]),
    static fn (array $t) => Trunkline\Cache::open('t1', 'misuse', 65536),
];
$things = ['Space' => [Trunkline\Space::open('misuse', ['private' => true])], 'Masker' => [Trunkline\Masker::open()]];
$counts = ['came back' => 0, 'refused' => 0];
for ($i = 0; $i < (int) $argv[2]; ++$i) {
    try {
        if (mt_rand(0, 9) === 0) {
            $made = pick($make)($things);
            $name = (new ReflectionClass($made))->getShortName();
            $things[$name][] = $made;
            if (count($things[$name]) > 4) array_splice($things[$name], mt_rand(0, 3), 1);    // its last use, perhaps
            continue;
        }
        $thing = pick(pick(array_values($things)));
        $methods = (new ReflectionClass($thing))->getMethods(ReflectionMethod::IS_PUBLIC);
        $m = pick($methods);
        // Reading a real file or a real account is another test's; the rest of what is public may be called.
        if (in_array($m->name, ['request', 'requestText', 'call', 'callText', 'sync', 'submit', 'next'], true) && mt_rand(0, 3)) continue;
        if ($m->name === 'close' && mt_rand(0, 5)) continue;
        $arguments = array_map(static fn (ReflectionParameter $p): mixed => argument($p, array_merge(...array_values($things))), $m->getParameters());
        if ($m->name === 'next') $arguments = [mt_rand(0, 2)];
        if ($m->class === Trunkline\Space::class && $m->name === 'open') $arguments[1] = ['private' => true];    // leaves no file
        if ($m->class === Trunkline\Client::class && $m->name === 'open') $arguments = [pick([[], ['threads' => 0], anything()])];
        $m->invokeArgs($m->isStatic() || $m->isConstructor() ? ($m->isConstructor() ? $thing : null) : $thing, $arguments);
        ++$counts['came back'];
    } catch (Throwable) {
        ++$counts['refused'];
    }
}
echo json_encode($counts);
