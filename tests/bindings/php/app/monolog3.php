<?php
// The parts of Monolog 3 that a formatter meets, declared as there.

declare(strict_types=1);

namespace Monolog\Formatter {
    interface FormatterInterface
    {
        public function format(\Monolog\LogRecord $record);

        public function formatBatch(array $records);
    }
}

namespace Monolog {
    enum Level: int
    {
        case Info = 200;

        public function getName(): string
        {
            return strtoupper($this->name);
        }
    }

    final class LogRecord implements \ArrayAccess
    {
        public function __construct(
            public readonly \DateTimeImmutable $datetime,
            public readonly string $channel,
            public readonly Level $level,
            public readonly string $message,
            public readonly array $context = [],
            public array $extra = [],
            public mixed $formatted = null,
        ) {
        }

        public function offsetExists(mixed $offset): bool
        {
            return $offset === 'level_name' || isset($this->{$offset});
        }

        public function &offsetGet(mixed $offset): mixed
        {
            if ($offset === 'level_name') $copy = $this->level->getName();
            elseif ($offset === 'level') $copy = $this->level->value;
            else $copy = $this->{$offset};
            return $copy;
        }

        public function offsetSet(mixed $offset, mixed $value): void
        {
            throw new \LogicException('readonly');
        }

        public function offsetUnset(mixed $offset): void
        {
            throw new \LogicException('readonly');
        }
    }
}

namespace {
    require __DIR__ . '/../../../../bindings/php/autoload.php';

    $inner = new class implements Monolog\Formatter\FormatterInterface {
        public function format(Monolog\LogRecord $record)
        {
            return "{$record->level->getName()} $record->message " . json_encode($record->context) . "\n";
        }

        public function formatBatch(array $records)
        {
            return implode('', array_map($this->format(...), $records));
        }
    };
    $masker = Trunkline\Masker::open();
    $formatter = new Trunkline\Log\MaskingFormatter($inner, $masker);
    $record = new Monolog\LogRecord(new DateTimeImmutable(), 'app', Monolog\Level::Info, "it is $argv[1]", ['password' => $argv[1]]);
    echo $formatter->format($record);
    $masker->close();
    echo $formatter->format($record);
}
