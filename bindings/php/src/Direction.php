<?php

declare(strict_types=1);

namespace Trunkline;

/** Of a call. */
enum Direction: int
{
    case Outbound = 0;
    case Inbound = 1;
}
