// SPDX-License-Identifier: Apache-2.0
/** A Kafka broker for one machine: a real one, one node, KRaft, loopback only, all its state in one folder. */
package org.survol.broker;
