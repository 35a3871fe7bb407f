"""What is bought again: what a customer bought often and lately, and others come back for, too."""

from dataclasses import dataclass

from scipy.sparse import csr_array

from model.blocks import Block
from model.matrix import Floats, Histories


@dataclass(frozen=True)
class BuyAgain:
    """Score a customer's own purchases ``x_ui · again_i``, ``x`` the decayed weight.

    Own frequency is the strongest single signal for a grocer's next basket: Li et al., "A Next
    Basket Recommendation Reality Check", ACM TOIS 2023. How likely a product's customers come back
    for it is a product's own: Bhagat et al., "Buy It Again: Modeling Repeat Purchase
    Recommendations", KDD 2018.

    Attributes
    ----------
    again : array of shape (n_items,), float32
        The root of the share of its buyers who bought it again, drawn to the shop's; 1 for all
        where nobody did.
    """

    again: Floats

    def score(self, histories: Histories) -> Block:
        """The products bought at least once."""
        return self.own(histories).toarray()

    def own(self, histories: Histories) -> csr_array:
        """The same, sparse."""
        scores = histories.weights.data * self.again[histories.weights.indices]
        return histories.entries(histories.facts.purchases > 0, scores)
