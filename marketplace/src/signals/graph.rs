//! Chains of affiliation: who hangs together with whom, and through whom.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use schema::api::parties::Organisation;
use schema::id::OrgId;

use crate::parties::affiliation::people;

/// Links of a chain at most: beyond it, names that many people bear would tie the country together.
const LINKS_MAX: usize = 4;

/// What two organisations share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shared {
    Business(String),
    Corporate(String),
    Person(String),
    Declared(OrgId, OrgId),
}

impl Shared {
    fn word(&self) -> &'static str {
        match self {
            Self::Business(_) => "business_no",
            Self::Corporate(_) => "corporate_no",
            Self::Person(_) => "representative",
            Self::Declared(..) => "declared",
        }
    }
}

/// A link of a chain: to which organisation, by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) to: OrgId,
    pub(super) by: &'static str,
}

/// Everybody, by what they share.
pub(super) struct Graph {
    of: BTreeMap<OrgId, Vec<Shared>>,
    by: BTreeMap<Shared, Vec<OrgId>>,
}

impl Graph {
    /// The graph of all organisations and declared affiliations.
    pub(super) fn new(orgs: &[Organisation], declared: &[(OrgId, OrgId)]) -> Graph {
        let mut graph = Graph { of: BTreeMap::new(), by: BTreeMap::new() };
        for org in orgs {
            graph.add(org.id, Shared::Business(org.business_no.to_string()));
            if let Some(no) = &org.corporate_no {
                graph.add(org.id, Shared::Corporate(no.to_string()));
            }
            for person in people(&org.representative) {
                graph.add(org.id, Shared::Person(person));
            }
        }
        // What a firm declares of itself names business numbers.
        let of_number: BTreeMap<_, _> = orgs.iter().map(|org| (org.business_no, org.id)).collect();
        let own = orgs.iter().flat_map(|org| {
            let others = org.standing.affiliates.iter().filter_map(|no| of_number.get(no));
            others.map(|other| (org.id, *other))
        });
        for (one, other) in declared.iter().copied().chain(own) {
            let shared = Shared::Declared(one, other);
            graph.add(one, shared.clone());
            graph.add(other, shared);
        }
        graph
    }

    fn add(&mut self, org: OrgId, shared: Shared) {
        self.of.entry(org).or_default().push(shared.clone());
        self.by.entry(shared).or_default().push(org);
    }

    /// The shortest chain from one organisation to another, if there is one of a sensible length.
    pub(super) fn chain(&self, from: OrgId, to: OrgId) -> Option<Vec<Link>> {
        let mut seen = BTreeSet::from([from]);
        let mut queue = VecDeque::from([(from, Vec::<Link>::new())]);
        while let Some((at, path)) = queue.pop_front() {
            if at == to && !path.is_empty() {
                return Some(path);
            }
            if path.len() >= LINKS_MAX {
                continue;
            }
            for shared in self.of.get(&at).into_iter().flatten() {
                for next in self.by.get(shared).into_iter().flatten() {
                    if seen.insert(*next) {
                        let mut longer = path.clone();
                        longer.push(Link { to: *next, by: shared.word() });
                        queue.push_back((*next, longer));
                    }
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use schema::api::parties::Organisation;
    use schema::id::OrgId;
    use schema::notice::SizeClass;
    use schema::time::Instant;

    use super::Graph;

    fn id(n: u128) -> OrgId {
        OrgId::from_uuid(uuid::Uuid::from_u128(n))
    }

    fn org(n: u128, business_no: &str, corporate_no: Option<&str>, who: &str) -> Organisation {
        Organisation {
            id: id(n),
            name: format!("기관 {n}"),
            business_no: business_no.parse().unwrap(),
            corporate_no: corporate_no.map(|no| no.parse().unwrap()),
            corporate_no_checked: None,
            representative: who.to_owned(),
            size_class: SizeClass::Sme,
            ksic: None,
            roles: Vec::new(),
            standing: Default::default(),
            created_at: Instant::MIN,
        }
    }

    #[test]
    fn r_063_a_chain_goes_over_branches_people_and_declarations() {
        let orgs = [
            org(1, "124-81-00998", Some("130111-0006246"), "김철수"),
            // Edge case 8: a branch of the same corporation.
            org(2, "220-81-62517", Some("130111-0006246"), "이영희"),
            org(3, "101-81-00001", None, "박민수, 이 영희"),
            org(4, "102-81-00004", None, "최지우"),
            org(5, "103-81-00007", None, "정하늘"),
        ];
        let graph = Graph::new(&orgs, &[(id(3), id(4))]);
        let words = |from, to| -> Option<Vec<&str>> {
            Some(graph.chain(id(from), id(to))?.iter().map(|link| link.by).collect())
        };
        assert_eq!(words(1, 2), Some(vec!["corporate_no"]));
        assert_eq!(words(1, 3), Some(vec!["corporate_no", "representative"]));
        assert_eq!(words(1, 4), Some(vec!["corporate_no", "representative", "declared"]));
        assert_eq!(words(4, 1), Some(vec!["declared", "representative", "corporate_no"]));
        assert_eq!(words(1, 5), None);
        assert_eq!(words(1, 9), None, "an organisation that does not exist");
    }

    #[test]
    fn a_chain_has_an_end() {
        let numbers =
            ["124-81-00998", "220-81-62517", "101-81-00001", "102-81-00004", "103-81-00007"];
        let orgs: Vec<Organisation> = numbers
            .iter()
            .enumerate()
            .map(|(at, no)| org(u128::try_from(at).unwrap() + 1, no, None, &format!("대표 {at}")))
            .chain([org(6, "104-81-00000", None, "대표 9")])
            .collect();
        let declared: Vec<(OrgId, OrgId)> = (1..6).map(|n| (id(n), id(n + 1))).collect();
        let graph = Graph::new(&orgs, &declared);
        assert_eq!(graph.chain(id(1), id(5)).map(|path| path.len()), Some(4));
        assert_eq!(graph.chain(id(1), id(6)), None);
    }
}
