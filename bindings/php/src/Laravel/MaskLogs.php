<?php

declare(strict_types=1);

namespace Trunkline\Laravel;

use Trunkline\Log\MaskingFormatter;

/**
 * Masks a log channel, in config/logging.php:
 *
 *     'single' => ['driver' => 'single', 'path' => ..., 'tap' => [Trunkline\Laravel\MaskLogs::class]],
 */
final class MaskLogs
{
    public function __construct(private readonly Manager $manager)
    {
    }

    /** @param \Illuminate\Log\Logger $logger */
    public function __invoke($logger): void
    {
        foreach ($logger->getLogger()->getHandlers() as $handler)
            if (method_exists($handler, 'setFormatter')) $handler->setFormatter(new MaskingFormatter($handler->getFormatter(), $this->manager->masker()));
    }
}
