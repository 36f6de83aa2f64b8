"""French stop words, folded: they carry no subject, so the lexical channel leaves them out.

Negations and prepositions that change an administrative meaning (``sans``, ``contre``, ``hors``,
``sauf``) are kept as words.
"""

_WORDS = """
    a ai aie aient ait as au aucun aucune aupres aura aurait auront aussi autre autres aux avaient
    avait avant avec avez avoir avons ayant c ca car ce ceci cela celle celles celui ces cet cette
    ceux chaque chez ci comme comment d dans de depuis des deux donc dont du elle elles en encore
    entre es est et etaient etait etant ete etes etre eu eux font furent fut ici il ils j je jusqu l
    la le les leur leurs lors lorsqu lui m ma mais me meme memes mes moi mon n ne ni nos notre nous
    on ont ou par parce pas peut peuvent plus pour pourquoi pourra pourrait puis puisqu qu quand que
    quel quelle quelles quels qui quoi s sa se sera serait seront ses si soi soient soit son sont
    sous suis sur t ta te tel telle telles tels tes toi ton tous tout toute toutes tres tu un une
    vers vos votre vous y
"""

STOPWORDS = frozenset(_WORDS.split())
