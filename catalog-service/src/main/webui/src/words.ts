// SPDX-License-Identifier: Apache-2.0
import type { Language } from './format';

const words = {
  tagline: { en: 'New flights in, land-cover maps out', fr: 'Des vols, une carte d’occupation du sol' },
  flights: { en: 'Flights', fr: 'Vols' },
  emptyTitle: { en: 'No flight yet', fr: 'Aucun vol pour le moment' },
  emptyText: {
    en: 'Hand over aerial images and their map appears here, by itself. Try it in a terminal:',
    fr: 'Confiez des images aériennes : leur carte paraîtra ici, d’elle-même. Dans un terminal :',
  },
  emptySample: { en: 'A sample flight', fr: 'Un vol d’exemple' },
  emptyOwn: { en: 'Your own image', fr: 'Votre propre image' },
  unreachable: { en: 'The catalogue does not answer. Trying again…', fr: 'Le catalogue ne répond pas. Nouvel essai…' },
  registered: { en: 'waiting', fr: 'en attente' },
  planned: { en: 'planned', fr: 'planifié' },
  running: { en: 'in progress', fr: 'en cours' },
  done: { en: 'done', fr: 'terminé' },
  failed: { en: 'ended without a map', fr: 'sans carte' },
  cancelled: { en: 'cancelled', fr: 'annulé' },
  cancel: { en: 'Cancel', fr: 'Annuler' },
  cancelSure: {
    en: 'Cancel this run? What it has made so far stays, and mapping the flight again goes on from there.',
    fr: 'Annuler ce traitement ? Ce qui est fait reste, et une nouvelle demande reprendra de là.',
  },
  cancelTold: { en: 'No more work is begun for it', fr: 'Plus rien ne sera commencé' },
  tile: { en: 'Tiles cut', fr: 'Découpage' },
  infer: { en: 'Classified', fr: 'Classification' },
  vectorize: { en: 'Traced', fr: 'Vectorisation' },
  assemble: { en: 'Assembled', fr: 'Assemblage' },
  skippedTiles: { en: 'tiles without image', fr: 'dalles sans image' },
  run: { en: 'Run', fr: 'Traitement' },
  layers: { en: 'Layers', fr: 'Couches' },
  image: { en: 'Image', fr: 'Image' },
  classes: { en: 'Class map', fr: 'Carte des classes' },
  confidence: { en: 'Confidence', fr: 'Confiance' },
  polygons: { en: 'Polygons', fr: 'Polygones' },
  opacity: { en: 'Opacity of', fr: 'Opacité de' },
  legend: { en: 'Legend', fr: 'Légende' },
  unsure: { en: 'unsure', fr: 'incertain' },
  sure: { en: 'sure', fr: 'certain' },
  downloads: { en: 'Downloads', fr: 'Téléchargements' },
  problems: { en: 'Could not be used', fr: 'Non utilisable' },
  mend: { en: 'What to do', fr: 'Que faire' },
  area: { en: 'Area', fr: 'Surface' },
  perimeter: { en: 'Perimeter', fr: 'Périmètre' },
  flight: { en: 'Flight', fr: 'Vol' },
  flown: { en: 'Flown', fr: 'Prise de vue' },
  model: { en: 'Model', fr: 'Modèle' },
  missing: { en: 'Missing tiles', fr: 'Dalles manquantes' },
  catalogue: { en: 'STAC', fr: 'STAC' },
  features: { en: 'Features', fr: 'Entités' },
  again: { en: 'Try again', fr: 'Réessayer' },
  againTold: { en: 'is being tried again', fr: 'nouvel essai en cours' },
  lineage: { en: 'Where it comes from', fr: 'D’où il vient' },
  probabilities: { en: 'What the model saw here', fr: 'Ce que le modèle voit ici' },
  zoomTo: { en: 'Show on the map', fr: 'Voir sur la carte' },
} as const;

export type Word = keyof typeof words;

export const say = (word: Word, language: Language): string => words[word][language];

export const preferred = (): Language =>
  (localStorage.getItem('survol-language') as Language | null) ??
  (navigator.language.toLowerCase().startsWith('fr') ? 'fr' : 'en');
