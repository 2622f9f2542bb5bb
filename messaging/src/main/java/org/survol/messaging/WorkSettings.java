// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** {@code survol.work.*}: how patiently work queues try. */
@ConfigMapping(prefix = "survol.work")
interface WorkSettings {

    /** Deliveries after which a record becomes a dead letter; below the broker's own limit. */
    @WithDefault("5")
    int maxDeliveries();

    /** How long the record of a silent worker stays unavailable; Kafka takes 15 s or more unless told otherwise. */
    @WithDefault("PT20S")
    Duration lock();

    /** Delay before a failed record is given back the first time; doubles with each delivery. */
    @WithDefault("PT1S")
    Duration backOff();

    @WithDefault("PT1M")
    Duration maxBackOff();

    /** What a running handler gets to finish when the service stops. */
    @WithDefault("PT5S")
    Duration closeGrace();

    /** A worker without a sign of life for this long makes the service unhealthy; a long job does not. */
    @WithDefault("PT5M")
    Duration stalledAfter();
}
