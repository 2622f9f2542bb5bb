// SPDX-License-Identifier: Apache-2.0
package org.survol.core.nomenclature;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.survol.core.BadInputException;

/**
 * Which class of a product each class of a model belongs to. Several may belong to one; their probabilities are then added
 * before the most probable class is chosen. One that belongs to none has no say.
 */
public final class ProductClasses {

    /** Products that models with FLAIR's codes, or with the product's own, can be turned into. */
    public static final List<Nomenclature> PRODUCTS = List.of(Cosia.NOMENCLATURE, OcsGe.COVER);

    private final Nomenclature model;
    private final Nomenclature product;
    /** By the model's order: index of the product's class, or -1. */
    private final int[] indices;

    private ProductClasses(Nomenclature model, Nomenclature product, int[] indices) {
        this.model = model;
        this.product = product;
        this.indices = indices;
    }

    /** The product speaks in the model's own classes. */
    public static ProductClasses same(Nomenclature model) {
        var indices = new int[model.classes().size()];
        Arrays.setAll(indices, i -> i);
        return new ProductClasses(model, model, indices);
    }

    /** The product of that name, if there is one. */
    public static Optional<Nomenclature> product(String id) {
        return PRODUCTS.stream().filter(known -> known.id().equals(id)).findFirst();
    }

    /**
     * @param file what to name in a refusal
     * @throws BadInputException when the model has a class of which nobody knows where it belongs
     */
    public static ProductClasses of(String file, Nomenclature model, Nomenclature product) {
        var byCode = new HashMap<String, Integer>();
        for (int i = 0; i < product.classes().size(); i++) {
            byCode.put(product.classes().get(i).code(), i);
        }
        var ofFlair = product.id().equals(OcsGe.ID) ? OcsGe.ofFlair() : Map.<String, String>of();
        var flair = Flair.NOMENCLATURE.classes().stream().map(LandClass::code).collect(Collectors.toSet());
        var indices = new int[model.classes().size()];
        for (int i = 0; i < indices.length; i++) {
            String code = model.classes().get(i).code();
            var index = byCode.get(ofFlair.getOrDefault(code, code));
            if (index == null && !flair.contains(code)) {
                throw new BadInputException(
                        file,
                        "class " + code + " of nomenclature " + model.id() + " has no place in " + product.id(),
                        "Choose a rule set without a nomenclature, or a model with FLAIR's or the product's codes");
            }
            indices[i] = index == null ? -1 : index;
        }
        return new ProductClasses(model, product, indices);
    }

    public Nomenclature model() {
        return model;
    }

    public Nomenclature product() {
        return product;
    }

    /** Index in the product's list of the model's class at that index; -1 for none. */
    public int index(int ofModel) {
        return indices[ofModel];
    }

    /** Whether the model's own choice of class stands. */
    public boolean isSame() {
        return model.equals(product);
    }
}
