// SPDX-License-Identifier: Apache-2.0
/** An S3 server for one machine: one bucket, loopback only, every object a file in one folder. */
package org.survol.objectstore;
