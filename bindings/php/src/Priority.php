<?php

declare(strict_types=1);

namespace Trunkline;

/** Who goes first when requests are short. */
enum Priority: int
{
    case LiveCall = 0;
    case Booking = 1;
    case Admin = 2;
    case Background = 3;
}
