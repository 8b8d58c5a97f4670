<?php

declare(strict_types=1);

namespace Trunkline\Laravel\Commands;

/** Ctrl-C or SIGTERM. */
final class Interrupted extends \RuntimeException
{
}
