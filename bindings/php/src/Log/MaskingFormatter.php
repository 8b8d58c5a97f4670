<?php

declare(strict_types=1);

namespace Trunkline\Log;

use Monolog\Formatter\FormatterInterface;
use Trunkline\Masker;
use Trunkline\Zone;

/**
 * Masks what another formatter of Monolog, 2 or 3, has rendered: only there an interpolated value, a traceback and an
 * object's text are seen. Values under sensitive keys of context and extra are also taken out of the message.
 *
 *     $handler->setFormatter(new MaskingFormatter($handler->getFormatter(), $masker));
 *
 * Nothing is thrown: what cannot be rendered or masked is logged as a marker with its level.
 */
final class MaskingFormatter implements FormatterInterface
{
    public function __construct(
        private readonly FormatterInterface $inner,
        private readonly Masker $masker,
        private readonly Zone $zone = Zone::Log,
    ) {
    }

    /**
     * @param array|\Monolog\LogRecord $record
     * @return string|array as the inner formatter renders
     */
    public function format($record)
    {
        try {
            $plain = Context::plain(array_filter(['context' => $record['context'] ?? [], 'extra' => $record['extra'] ?? []]));
            [, $found] = Context::masked($plain, $this->masker, $this->zone);
            return $this->masked($this->inner->format($record), $found);
        } catch (\Throwable) {
            return $this->marker($record);
        }
    }

    /** @return string|array */
    public function formatBatch(array $records)
    {
        try {
            $found = [];
            foreach ($records as $record) {
                $plain = Context::plain(array_filter(['context' => $record['context'] ?? [], 'extra' => $record['extra'] ?? []]));
                $found += Context::masked($plain, $this->masker, $this->zone)[1];
            }
            return $this->masked($this->inner->formatBatch($records), $found);
        } catch (\Throwable) {
            return implode('', array_map($this->marker(...), $records));
        }
    }

    private function masked(mixed $rendered, array $found): string|array
    {
        if (is_array($rendered)) {
            [$masked, $more] = Context::masked(Context::plain($rendered), $this->masker, $this->zone);
            $all = $found + $more;
            array_walk_recursive($masked, static function (mixed &$leaf) use ($all): void {
                if (is_string($leaf)) $leaf = Context::sweep($leaf, $all);
            });
            return $masked;
        }
        if (!is_scalar($rendered) && !$rendered instanceof \Stringable) throw new \UnexpectedValueException('the formatter renders neither text nor array');
        return $this->masker->mask(Context::sweep((string) $rendered, $found), $this->zone);
    }

    private function marker(mixed $record): string
    {
        try {
            $level = $record['level_name'] ?? '';
        } catch (\Throwable) {
            $level = '';
        }
        return rtrim(Masker::MARKER . ' ' . (is_string($level) && ctype_upper($level) ? $level : '')) . "\n";
    }
}
