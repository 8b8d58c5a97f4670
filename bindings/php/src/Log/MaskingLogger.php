<?php

declare(strict_types=1);

namespace Trunkline\Log;

use Psr\Log\AbstractLogger;
use Psr\Log\LoggerInterface;
use Trunkline\Masker;
use Trunkline\Zone;

/**
 * A logger of PSR-3, versions 1 to 3, in front of any other one: that one gets the interpolated and masked message and a
 * masked context without objects (an exception as its text).
 *
 * Nothing of the masker's is thrown: what cannot be masked is logged as a marker. What the other logger throws comes out.
 */
final class MaskingLogger extends AbstractLogger
{
    public function __construct(
        private readonly LoggerInterface $inner,
        private readonly Masker $masker,
        private readonly Zone $zone = Zone::Log,
    ) {
    }

    /**
     * @param mixed $level
     * @param string|\Stringable $message
     */
    public function log($level, $message, array $context = []): void
    {
        try {
            $plain = Context::plain($context);
            [$masked, $found] = Context::masked($plain, $this->masker, $this->zone);
            $text = $this->masker->mask(Context::sweep(self::interpolated((string) $message, $plain), $found), $this->zone);
            array_walk_recursive($masked, static function (mixed &$leaf) use ($found): void {
                if (is_string($leaf)) $leaf = Context::sweep($leaf, $found);
            });
        } catch (\Throwable) {
            [$text, $masked] = [Masker::MARKER, []];
        }
        $this->inner->log($level, $text, $masked);
    }

    private static function interpolated(string $message, array $plain): string
    {
        $pairs = [];
        foreach ($plain as $key => $value)
            $pairs['{' . $key . '}'] = is_array($value) ? (string) json_encode($value, JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE)
                : (is_bool($value) ? ($value ? 'true' : 'false') : (string) $value);
        return $pairs === [] ? $message : strtr($message, $pairs);
    }
}
