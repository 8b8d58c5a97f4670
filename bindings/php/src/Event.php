<?php

declare(strict_types=1);

namespace Trunkline;

use Trunkline\Exception\TrunklineException;
use Trunkline\Internal\Json;

/** What a queued request tells: how far it is, or how it ended. */
final class Event
{
    /** @internal */
    public function __construct(
        public readonly int $op,
        public readonly bool $isDone,
        public readonly string $text,
        public readonly ?TrunklineException $error,
    ) {
    }

    /** The answer or the progress. @throws TrunklineException if the request failed */
    public function document(): \stdClass
    {
        if ($this->error !== null) throw $this->error;
        return Json::object($this->text);
    }
}
