// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import org.survol.core.model.ModelCard;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.Resampling;

/**
 * Writes a prediction as three COGs on the tile's grid. Equal predictions give equal bytes.
 *
 * @param metadata what made it, written into each file
 * @param pool compresses, with at most {@code threads} at once
 */
record PredictionRasters(
        ModelCard card, GeoReference geo, Map<String, String> metadata, ExecutorService pool, int threads) {

    /** 8 bits a share: GIS show 0 to 1. */
    private static final double SHARE = 1 / 255.0;

    /**
     * The classes with their colours; 0 is no data. Overviews take a pixel's class as it is: classes have no mean. Their
     * names are {@link org.survol.core.raster.ClassSideFile} beside it.
     */
    void writeClasses(Prediction prediction, Path file) throws IOException {
        cog(prediction.classes(), Resampling.NEAREST)
                .nodata(0)
                .colours(card.nomenclature())
                .write(file);
    }

    /** One band a class, named by code and label. 0 is a probability here, so missing image is a mask. */
    void writeProbabilities(Prediction prediction, Path file) throws IOException {
        var names = card.nomenclature().classes().stream()
                .map(PredictionRasters::name)
                .toList();
        measured(prediction, prediction.probabilities()).bandNames(names).write(file);
    }

    void writeConfidence(Prediction prediction, Path file) throws IOException {
        measured(prediction, prediction.confidence())
                .bandNames(List.of("confidence"))
                .write(file);
    }

    private static String name(LandClass landClass) {
        return landClass.code() + ": " + landClass.labelEn();
    }

    private CogWriter.Builder measured(Prediction prediction, ByteRaster raster) {
        var writer = cog(raster, Resampling.AVERAGE).scale(SHARE);
        return prediction.isComplete() ? writer : writer.mask(prediction.mask());
    }

    private CogWriter.Builder cog(ByteRaster raster, Resampling overviews) {
        return CogWriter.of(raster)
                .georeference(geo)
                .overviews(overviews)
                .metadata(metadata)
                .pool(pool, threads);
    }
}
