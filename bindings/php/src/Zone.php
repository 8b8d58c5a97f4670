<?php

declare(strict_types=1);

namespace Trunkline;

/** Where a text is about to go; see docs/masker.md. */
enum Zone: int
{
    case Log = 0;
    case Error = 1;
    case Api = 2;
    case WebhookOut = 3;
    case Export = 4;
    case Transcript = 5;
}
