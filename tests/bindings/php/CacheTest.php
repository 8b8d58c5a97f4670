<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Psr\SimpleCache\CacheInterface;
use Psr\SimpleCache\InvalidArgumentException;
use Support\Processes;
use Trunkline\Cache;
use Trunkline\Exception\ClosedException;

if (is_file('/usr/share/php/Psr/SimpleCache/autoload.php')) require_once '/usr/share/php/Psr/SimpleCache/autoload.php';

/** PSR-16. When values end is tested in C, where time is passed in. */
final class CacheTest extends TestCase
{
    private static int $number = 0;

    private static function fresh(int $maxBytes = 0): Cache
    {
        return Cache::open('t1', 'test' . ++self::$number, $maxBytes);
    }

    public function testValuesComeBackAsTheyWere(): void
    {
        $c = self::fresh();
        $this->assertInstanceOf(CacheInterface::class, $c);
        $object = new ArrayObject([1, 'two' => new stdClass()]);
        foreach (['text' => 'x', 'empty' => '', 'zeros' => "a\0b\xff", 'int' => 5, 'float' => 1.5, 'false' => false, 'null' => null, 'list' => [1, []],
            'object' => $object, 'long' => str_repeat("\0y", 300_000), 'huge' => str_repeat('z', 1_500_000), 'short' => 's'] as $key => $value) {
            $this->assertTrue($c->set($key, $value));
            $this->assertTrue($c->has($key));
            $this->assertEquals($value, $c->get($key, 'none'));
        }
        $this->assertNull($c->get('null', 'none'), 'null is a value');
        $this->assertSame('none', $c->get('missing', 'none'));
        $this->assertFalse($c->has('missing'));
    }

    public function testTimesToLive(): void
    {
        $c = self::fresh();
        foreach ([3600, PHP_INT_MAX, new DateInterval('PT1H'), null] as $ttl) {
            $this->assertTrue($c->set('k', 'v', $ttl));
            $this->assertSame('v', $c->get('k'));
        }
        foreach ([0, -1, PHP_INT_MIN, DateInterval::createFromDateString('-1 hour')] as $ttl) {
            $c->set('k', 'v');
            $this->assertTrue($c->set('k', 'w', $ttl));
            $this->assertFalse($c->has('k'));
        }
        $usual = Cache::open('t1', 'usual', 0, -5);
        $usual->set('k', 'v');
        $this->assertFalse($usual->has('k'));
        $this->assertTrue($usual->set('k', 'v', 5) && $usual->has('k'));
    }

    public function testSeveralAtOnce(): void
    {
        $c = self::fresh();
        $this->assertTrue($c->setMultiple(['a' => 1, 'b' => 2, 7 => 3]));
        $this->assertSame(['a' => 1, 'b' => 2, 'c' => 0, '7' => 3], $c->getMultiple(new ArrayIterator(['a', 'b', 'c', '7']), 0));
        $this->assertTrue($c->deleteMultiple(['a', 'c']));
        $this->assertSame([null, 2], array_values([...$c->getMultiple(['a', 'b'])]));
        $this->assertTrue($c->delete('none'));
        $this->assertTrue($c->clear());
        $this->assertFalse($c->has('b'));
    }

    public function testTenantsDoNotMeet(): void
    {
        $one = Cache::open('one', 'tenants');
        $two = Cache::open('two', 'tenants');
        $one->set('k', 1);
        $two->set('k', 2);
        $this->assertSame([1, 2], [$one->get('k'), $two->get('k')]);
        $one->clear();
        $this->assertSame([null, 2], [$one->get('k'), $two->get('k')]);
    }

    public function testValuesStayWhenNobodyHoldsTheCache(): void
    {
        Cache::open('t1', 'stays')->set('k', 'v');
        gc_collect_cycles();
        $this->assertSame('v', Cache::open('t1', 'stays')->get('k'));
    }

    public function testWhatDoesNotFitIsSaidAndNotHeld(): void
    {
        $c = self::fresh(65536);
        $c->set('k', 'old');
        $this->assertFalse($c->set('k', str_repeat('x', 100_000)));
        $this->assertFalse($c->has('k'), 'an old value is not served in place of the new one');
        for ($i = 0; $i < 1000; ++$i) $this->assertTrue($c->set("k$i", str_repeat('x', 1000)));
    }

    public function testWrongKeysAndTimesAreRefused(): void
    {
        $c = self::fresh();
        $wrong = [static fn () => $c->get(''), static fn () => $c->get(5), static fn () => $c->get([]), static fn () => $c->getMultiple('x'),
            static fn () => $c->getMultiple([5]), static fn () => $c->setMultiple(5), static fn () => $c->deleteMultiple(null),
            static fn () => $c->set('k', 'v', 'soon'), static fn () => $c->has(null), static fn () => $c->delete(new stdClass())];
        foreach (str_split('{}()/\\@:') as $character) $wrong[] = static fn () => $c->set("a{$character}b", 1);
        foreach ($wrong as $i => $call) {
            try {
                $call();
                $this->fail("number $i was taken");
            } catch (InvalidArgumentException $e) {
                $this->assertNotSame('', $e->getMessage());
            }
        }
        $c->close();
        $this->expectException(ClosedException::class);
        $c->get('k');
    }

    public function testAForkBeginsAnew(): void
    {
        $c = self::fresh();
        $c->set('k', 'parent');
        $told = Processes::one(static function () use ($c): array {
            $before = $c->get('k');
            $c->set('k', 'child');
            return [$before, $c->get('k')];
        });
        $this->assertSame([null, 'child'], $told);
        $this->assertSame('parent', $c->get('k'));
    }
}
